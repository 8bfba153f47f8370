//! Leader election by a Lease: one replica acts, the others stand by.
//!
//! The rules are client-go's: a lease counts as expired when its record has not changed for its duration *by the
//! clock of the observer*, so that clocks of nodes may differ.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};

use crate::errors::{ApiError, request};
use crate::settings::LeaseSettings;

/// How long a lease is valid after its last renewal (client-go's default).
const DURATION: Duration = Duration::from_secs(15);
/// How long the leader tries to renew before it gives up (client-go's default).
const DEADLINE: Duration = Duration::from_secs(10);
/// Pause between attempts (client-go's default).
const RETRY: Duration = Duration::from_secs(2);

/// What to do about a lease.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// It is ours: renew it.
    Renew,
    /// It is free or expired: take it.
    Take,
    /// Somebody else holds it.
    Wait,
}

/// A participant in the election.
pub struct Elector {
    api: Api<Lease>,
    settings: LeaseSettings,
    /// The last record that was seen, and when it was first seen.
    seen: Option<(LeaseSpec, Instant)>,
}

impl Elector {
    /// A participant that has seen nothing yet.
    #[must_use]
    pub fn new(client: Client, settings: LeaseSettings) -> Self {
        Self { api: Api::namespaced(client, &settings.namespace), settings, seen: None }
    }

    /// Waits until this replica is the leader.
    pub async fn acquire(&mut self) {
        loop {
            match self.attempt().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the election goes on"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Renews the lease until that fails for too long: the caller has to stop acting at once.
    pub async fn keep(&mut self) {
        let mut renewed = Instant::now();
        while renewed.elapsed() < DEADLINE {
            tokio::time::sleep(RETRY).await;
            let left = DEADLINE.saturating_sub(renewed.elapsed());
            match tokio::time::timeout(left, self.attempt()).await {
                Ok(Ok(true)) => renewed = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::warn!(%error, "the lease was not renewed"),
                Err(_) => {}
            }
        }
    }

    /// Gives the lease up, so that another replica need not wait for it to expire.
    pub async fn release(&mut self) -> Result<(), ApiError> {
        let Some(mut lease) = self.get().await? else { return Ok(()) };
        let held = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        if held != Some(self.settings.identity.as_str()) {
            return Ok(());
        }
        if let Some(spec) = lease.spec.as_mut() {
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
        }
        self.replace(&lease).await.map(|_| ())
    }

    /// One attempt to take or renew the lease: whether this replica holds it now.
    async fn attempt(&mut self) -> Result<bool, ApiError> {
        let now = Instant::now();
        let Some(lease) = self.get().await? else { return self.create().await };
        let spec = lease.spec.clone().unwrap_or_default();
        let since = match &self.seen {
            Some((seen, since)) if *seen == spec => *since,
            _ => now,
        };
        self.seen = Some((spec.clone(), since));
        let decision = decide(&spec, &self.settings.identity, now.duration_since(since));
        if decision == Decision::Wait {
            return Ok(false);
        }
        let taken = decision == Decision::Take;
        let fresh = Lease { spec: Some(self.record(&spec, taken)), ..lease };
        let held = self.replace(&fresh).await?;
        if held && taken {
            tracing::info!(identity = self.settings.identity, "took the lease");
        }
        Ok(held)
    }

    fn record(&self, before: &LeaseSpec, taken: bool) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: if taken { Some(now.clone()) } else { before.acquire_time.clone() },
            renew_time: Some(now),
            lease_transitions: Some(before.lease_transitions.unwrap_or_default() + i32::from(taken)),
            ..LeaseSpec::default()
        }
    }

    async fn get(&self) -> Result<Option<Lease>, ApiError> {
        request(format!("get Lease \"{}\"", self.settings.name), self.api.get_opt(&self.settings.name)).await
    }

    async fn create(&self) -> Result<bool, ApiError> {
        let mut lease = Lease { spec: Some(self.record(&LeaseSpec::default(), true)), ..Lease::default() };
        lease.metadata.name = Some(self.settings.name.clone());
        let parameters = PostParams::default();
        let created = self.api.create(&parameters, &lease);
        won(request(format!("create Lease \"{}\"", self.settings.name), created).await)
    }

    /// Replaces the lease that was read; another replica may have been faster.
    async fn replace(&self, lease: &Lease) -> Result<bool, ApiError> {
        let parameters = PostParams::default();
        let replaced = self.api.replace(&self.settings.name, &parameters, lease);
        won(request(format!("update Lease \"{}\"", self.settings.name), replaced).await)
    }
}

fn won(answer: Result<Lease, ApiError>) -> Result<bool, ApiError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error),
    }
}

/// What to do about a record that has not changed for a while.
fn decide(spec: &LeaseSpec, identity: &str, unchanged: Duration) -> Decision {
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let duration = seconds.map_or(DURATION, Duration::from_secs);
    match spec.holder_identity.as_deref() {
        None | Some("") => Decision::Take,
        Some(holder) if holder == identity => Decision::Renew,
        Some(_) if unchanged >= duration => Decision::Take,
        Some(_) => Decision::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_by(holder: &str) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        }
    }

    #[test]
    fn a_lease_of_somebody_else_is_taken_only_after_it_was_silent_for_its_duration() {
        assert_eq!(decide(&held_by("b"), "a", Duration::from_secs(14)), Decision::Wait);
        assert_eq!(decide(&held_by("b"), "a", Duration::from_secs(15)), Decision::Take);
    }

    #[test]
    fn a_free_or_released_lease_is_taken_at_once() {
        assert_eq!(decide(&LeaseSpec::default(), "a", Duration::ZERO), Decision::Take);
        assert_eq!(decide(&held_by(""), "a", Duration::ZERO), Decision::Take);
    }

    #[test]
    fn an_own_lease_is_renewed() {
        assert_eq!(decide(&held_by("a"), "a", Duration::from_mins(1)), Decision::Renew);
    }
}
