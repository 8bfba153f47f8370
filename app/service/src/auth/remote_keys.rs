//! The key set of an issuer, kept in memory.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::fetch::KeySource;
use super::key_set::KeySet;

/// Age from which a set is fetched anew, in the background, by the next request that needs it.
const FRESH_FOR: Duration = Duration::from_mins(10);
/// Shortest time between two fetches for unknown key ids, and between two failed ones of an old set.
const REFETCH_AFTER: Duration = Duration::from_secs(30);
/// Shortest time between two fetches while there is no set at all.
const FIRST_AFTER: Duration = Duration::from_secs(1);

/// Why there is no key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyError {
    /// The set has no such key.
    Unknown,
    /// No set was ever received.
    Unavailable,
}

/// Why a set is fetched.
#[derive(Clone, Copy, Debug)]
enum Reason {
    /// There is none.
    First,
    /// The present one lacks a key.
    UnknownKey,
    /// The present one is old.
    Old,
}

/// Ends of the last fetches, by reason.
#[derive(Default)]
struct Attempts {
    first: Option<Instant>,
    unknown_key: Option<Instant>,
    old: Option<Instant>,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Instant,
}

/// A set that is fetched when it is first needed and kept through outages of its source.
pub(super) struct RemoteKeys {
    issuer: String,
    algorithms: Vec<Algorithm>,
    source: Arc<dyn KeySource>,
    fetched: RwLock<Option<Fetched>>,
    /// Held during a fetch: there is one at a time.
    attempts: Mutex<Attempts>,
}

impl RemoteKeys {
    pub(super) fn new(issuer: String, algorithms: Vec<Algorithm>, source: Arc<dyn KeySource>) -> Self {
        let (fetched, attempts) = (RwLock::default(), Mutex::default());
        Self { issuer, algorithms, source, fetched, attempts }
    }

    /// The key of this id and algorithm. An unknown one is looked for once at the source.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<DecodingKey>, KeyError> {
        let Some(fetched) = self.fetched() else {
            self.refresh(Reason::First, None).await;
            let fetched = self.fetched().ok_or(KeyError::Unavailable)?;
            return fetched.keys.find(id, algorithm).ok_or(KeyError::Unknown);
        };
        if fetched.at.elapsed() > FRESH_FOR {
            let keys = Arc::clone(self);
            tokio::spawn(async move { keys.fetch(Reason::Old, Some(fetched.at)).await });
        }
        if let Some(key) = fetched.keys.find(id, algorithm) {
            return Ok(key);
        }
        self.refresh(Reason::UnknownKey, Some(fetched.at)).await;
        self.fetched().and_then(|fetched| fetched.keys.find(id, algorithm)).ok_or(KeyError::Unknown)
    }

    fn fetched(&self) -> Option<Fetched> {
        self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches in a task of its own, so that a client that hangs up does not end it for the others.
    async fn refresh(self: &Arc<Self>, reason: Reason, seen: Option<Instant>) {
        let keys = Arc::clone(self);
        let _ = tokio::spawn(async move { keys.fetch(reason, seen).await }).await;
    }

    /// Fetches, unless that happened since the caller looked or happened lately for the same reason.
    async fn fetch(&self, reason: Reason, seen: Option<Instant>) {
        let mut attempts = match reason {
            Reason::Old => match self.attempts.try_lock() {
                Ok(attempts) => attempts,
                Err(_) => return,
            },
            Reason::First | Reason::UnknownKey => self.attempts.lock().await,
        };
        if self.fetched().map(|fetched| fetched.at) != seen || !attempts.may(reason) {
            return;
        }
        self.replace().await;
        attempts.note(reason);
    }

    async fn replace(&self) {
        let issuer = self.issuer.as_str();
        let bytes = match self.source.fetch().await {
            Ok(bytes) => bytes,
            Err(error) => return warn!(issuer, %error, "the keys of an issuer were not received"),
        };
        let keys = match KeySet::parse(&bytes, &self.algorithms) {
            Ok(keys) => Arc::new(keys),
            Err(error) => return warn!(issuer, %error, "the keys of an issuer cannot be read"),
        };
        info!(issuer, keys = keys.len(), "the keys of an issuer were received");
        let fetched = Some(Fetched { keys, at: Instant::now() });
        *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = fetched;
    }
}

impl Attempts {
    fn may(&self, reason: Reason) -> bool {
        let (last, wait) = match reason {
            Reason::First => (self.first, FIRST_AFTER),
            Reason::UnknownKey => (self.unknown_key, REFETCH_AFTER),
            Reason::Old => (self.old, REFETCH_AFTER),
        };
        last.is_none_or(|last| last.elapsed() >= wait)
    }

    fn note(&mut self, reason: Reason) {
        let last = match reason {
            Reason::First => &mut self.first,
            Reason::UnknownKey => &mut self.unknown_key,
            Reason::Old => &mut self.old,
        };
        *last = Some(Instant::now());
    }
}

#[cfg(test)]
#[path = "remote_keys/tests.rs"]
mod tests;
