//! Password hashes: argon2id with the parameters of OWASP's advice (19 MiB, 2 passes, 1 lane).

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{mpsc, oneshot};

use super::problem::Problem;

/// Longest wait for a free core before a request is answered 503.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Stands in for the hash of an unknown account, so that the answer takes as long as for a known one.
static UNKNOWN: LazyLock<String> =
    LazyLock::new(|| hash("an account that does not exist", &mut Memory::new()).unwrap_or_default());

/// Working memory of the hash, 19 MiB. A thread allocates it once: freed and allocated for each hash, it would stay
/// with the allocator many times over.
type Memory = Vec<Block>;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes on threads of its own, one per core: a hash takes tens of milliseconds of a core.
pub(super) struct Passwords {
    jobs: mpsc::Sender<Job>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let (jobs, queue) = mpsc::channel(1);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let mut memory = Memory::new();
                while let Some(job) = next(&queue) {
                    job(&mut memory);
                }
            });
        }
        Self { jobs }
    }

    /// The hash to store, in PHC string format.
    pub(super) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.run(move |memory| hash(&password, memory)).await?.ok_or_else(Problem::internal)
    }

    /// Whether the password belongs to the hash. Without a hash the work is done all the same.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        self.run(move |memory| {
            let known = hash.is_some();
            let matches = verify(&password, &hash.unwrap_or_else(|| UNKNOWN.clone()), memory);
            known && matches == Some(true)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move |memory: &mut Memory| {
            let _ = done.send(work(memory));
        });
        self.jobs
            .send_timeout(job, QUEUE_TIMEOUT)
            .await
            .map_err(|_| Problem::unavailable("too many sign-ins at once; try again"))?;
        result.await.map_err(|_| Problem::internal())
    }
}

/// The next job; `None` when the API is gone.
fn next(queue: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

fn hash(password: &str, memory: &mut Memory) -> Option<String> {
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::default());
    let salt = Salt::generate();
    let hash = output(&Argon2::new(algorithm, version, params.clone()), &params, (password, &salt), memory)?;
    let params = ParamsString::try_from(&params).ok()?;
    let (salt, hash, version) = (Some(salt), Some(hash), Some(version.into()));
    Some(PasswordHash { algorithm: algorithm.ident(), version, params, salt, hash }.to_string())
}

/// Whether the password belongs to the hash; `None` if the hash cannot be read.
fn verify(password: &str, hash: &str, memory: &mut Memory) -> Option<bool> {
    let known = PasswordHash::new(hash).ok()?;
    let algorithm = Algorithm::try_from(known.algorithm.as_str()).ok()?;
    let version = Version::try_from(known.version?).ok()?;
    let params = Params::try_from(&known).ok()?;
    let context = Argon2::new(algorithm, version, params.clone());
    let computed = output(&context, &params, (password, known.salt.as_ref()?), memory)?;
    // Compared in constant time.
    Some(known.hash? == computed)
}

fn output(
    context: &Argon2<'_>,
    params: &Params,
    (password, salt): (&str, &Salt),
    memory: &mut Memory,
) -> Option<Output> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    let blocks = &mut memory[..params.block_count()];
    context.hash_password_into_with_memory(password.as_bytes(), salt, &mut bytes, blocks).ok()?;
    Output::new(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

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

    #[test]
    fn used_memory_gives_the_hash_of_the_reference_implementation() {
        let mut memory = Memory::new();
        for password in ["correct horse", "another"] {
            let hash = hash(password, &mut memory).expect("hashed");
            let parsed = PasswordHash::new(&hash).expect("a PHC string");
            assert!(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            assert_eq!(verify(password, &hash, &mut memory), Some(true));
        }
        assert_eq!(verify("x", "no PHC string", &mut memory), None);
    }
}
