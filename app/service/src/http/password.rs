//! Password hashes: argon2id with the parameters of OWASP's advice (19 MiB, 2 passes, 1 lane).

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::problem::Problem;

/// Longest wait for a free core before a request is answered 503.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Stands in for the hash of an unknown account, so that the answer takes as long as for a known one.
static UNKNOWN: LazyLock<String> =
    LazyLock::new(|| hash("an account that does not exist").unwrap_or_default());

/// Hashes on threads of their own, at most one per core: a hash takes 19 MiB and tens of milliseconds.
pub(super) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores)) }
    }

    /// The hash to store, in PHC string format.
    pub(super) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.run(move || hash(&password)).await?.ok_or_else(Problem::internal)
    }

    /// Whether the password belongs to the hash. Without a hash the work is done all the same.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        self.run(move || {
            let known = hash.is_some();
            verify(&password, &hash.unwrap_or_else(|| UNKNOWN.clone())) && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::unavailable("too many sign-ins at once; try again");
        let permit = timeout(QUEUE_TIMEOUT, self.permits.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| Problem::internal())
    }
}

fn hash(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.expect("verified"));
        assert!(!passwords.verify("correct house".to_owned(), Some(hash)).await.expect("verified"));
        assert!(
            !passwords.verify("an account that does not exist".to_owned(), None).await.expect("verified")
        );
    }
}
