use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use reqwest::StatusCode;
use serde_json::json;

use super::*;
use crate::auth::fetch::FetchError;

/// An issuer whose keys have the ids of `answer`; without, it is down.
#[derive(Default)]
struct Source {
    answer: StdMutex<Option<Vec<&'static str>>>,
    fetches: AtomicU32,
}

impl Source {
    fn answers(&self, ids: Option<&[&'static str]>) {
        *self.answer.lock().expect("a lock") = ids.map(<[_]>::to_vec);
    }

    fn fetches(&self) -> u32 {
        self.fetches.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl KeySource for Source {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answer = self.answer.lock().expect("a lock").clone();
        let ids = answer.ok_or(FetchError::Status(StatusCode::BAD_GATEWAY))?;
        let x = "A".repeat(43);
        let keys = ids.iter().map(|id| json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": x}));
        Ok(json!({"keys": keys.collect::<Vec<_>>()}).to_string().into_bytes())
    }
}

fn world(ids: Option<&[&'static str]>) -> (Arc<Source>, Arc<RemoteKeys>) {
    let source = Arc::new(Source::default());
    source.answers(ids);
    let keys = RemoteKeys::new("https://issuer".to_owned(), vec![Algorithm::EdDSA], source.clone());
    (source, Arc::new(keys))
}

async fn find(keys: &Arc<RemoteKeys>, id: &str) -> Result<(), KeyError> {
    keys.find(Some(id), Algorithm::EdDSA).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn the_set_is_fetched_when_it_is_first_needed_and_once_for_all_who_wait() {
    let (source, keys) = world(Some(&["a"]));
    assert_eq!(source.fetches(), 0);
    let found = tokio::join!(find(&keys, "a"), find(&keys, "a"), find(&keys, "a"));
    assert_eq!(found, (Ok(()), Ok(()), Ok(())));
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_is_looked_for_at_once_and_then_every_30_seconds_at_most() {
    let (source, keys) = world(Some(&["a"]));
    find(&keys, "a").await.expect("known");
    source.answers(Some(&["a", "b"]));
    assert_eq!(find(&keys, "b").await, Ok(()));
    assert_eq!(source.fetches(), 2);
    for id in ["c", "d", "e"] {
        assert_eq!(find(&keys, id).await, Err(KeyError::Unknown));
    }
    assert_eq!(source.fetches(), 2);
    source.answers(Some(&["c"]));
    tokio::time::advance(Duration::from_secs(29)).await;
    assert_eq!(find(&keys, "c").await, Err(KeyError::Unknown));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(find(&keys, "c").await, Ok(()));
    assert_eq!(find(&keys, "a").await, Err(KeyError::Unknown), "a withdrawn key is gone");
    assert_eq!(source.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn many_unknown_keys_at_once_are_one_fetch() {
    let (source, keys) = world(Some(&["a"]));
    find(&keys, "a").await.expect("known");
    let found = tokio::join!(find(&keys, "x"), find(&keys, "y"), find(&keys, "z"));
    assert_eq!(found, (Err(KeyError::Unknown), Err(KeyError::Unknown), Err(KeyError::Unknown)));
    assert_eq!(source.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_set_is_renewed_behind_the_request_that_needs_it() {
    let (source, keys) = world(Some(&["a"]));
    find(&keys, "a").await.expect("known");
    source.answers(Some(&["b"]));
    tokio::time::advance(FRESH_FOR).await;
    find(&keys, "a").await.expect("known");
    assert_eq!(source.fetches(), 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    // Old by now: answered at once by the old set, while the new one is fetched.
    let before = Instant::now();
    find(&keys, "a").await.expect("known");
    assert_eq!(before.elapsed(), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((find(&keys, "b").await, source.fetches()), (Ok(()), 2));
}

#[tokio::test(start_paused = true)]
async fn old_keys_outlive_an_outage_and_unknown_ones_are_refused() {
    let (source, keys) = world(Some(&["a"]));
    find(&keys, "a").await.expect("known");
    source.answers(None);
    for _ in 0..60 {
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(find(&keys, "a").await, Ok(()));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(find(&keys, "b").await, Err(KeyError::Unknown));
    assert!(source.fetches() > 40, "{} fetches", source.fetches());
    source.answers(Some(&["b"]));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(find(&keys, "b").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn without_any_set_the_issuer_is_unavailable_and_asked_once_a_second() {
    let (source, keys) = world(None);
    for _ in 0..5 {
        assert_eq!(find(&keys, "a").await, Err(KeyError::Unavailable));
    }
    assert_eq!(source.fetches(), 1);
    tokio::time::advance(FIRST_AFTER).await;
    source.answers(Some(&["a"]));
    assert_eq!((find(&keys, "a").await, source.fetches()), (Ok(()), 2));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_does_not_end_the_fetch_for_the_others() {
    let (source, keys) = world(Some(&["a"]));
    let hung_up = tokio::time::timeout(Duration::from_millis(10), find(&keys, "a")).await;
    assert!(hung_up.is_err());
    assert_eq!((find(&keys, "a").await, source.fetches()), (Ok(()), 1));
}
