//! The relay: at least once, in order per task, and never in the way of writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::ports::{BusError, Publisher};
use domain::record::Record;
use serde_json::Value;
use service::store::Store;
use service::store::relay::{Relay, RelaySettings};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Client, Platform, eventually, forward_to_broker, free_address, receive};

/// A broker in memory that fails or hangs on demand.
#[derive(Default)]
struct Broker {
    records: Mutex<Vec<Value>>,
    calls: AtomicU32,
    /// Every n-th call fails; half of those after the record arrived. 0: none.
    fails_each: u32,
    /// Takes the record and never answers.
    hangs: bool,
}

impl Broker {
    fn records(&self) -> Vec<Value> {
        self.records.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl Publisher for Broker {
    async fn publish(&self, record: Record) -> Result<(), BusError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let fails = self.fails_each > 0 && call.is_multiple_of(self.fails_each);
        if !fails || call.is_multiple_of(2) {
            self.records
                .lock()
                .expect("not poisoned")
                .push(serde_json::from_slice(&record.payload).expect("json"));
        }
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if fails {
            return Err(BusError::Publish { topic: record.topic, reason: "on demand".to_owned() });
        }
        Ok(())
    }
}

fn start(platform: &Platform, broker: &Arc<Broker>) -> (JoinHandle<()>, CancellationToken) {
    let settings = RelaySettings { topics: vec![platform.task_events()], scale_to_zero: false };
    let relay = Relay::new(&Store::new(platform.database.options()), broker.clone(), settings);
    let stop = CancellationToken::new();
    (tokio::spawn(relay.run(stop.clone())), stop)
}

async fn until_empty(platform: &Platform) {
    eventually("an empty outbox", async || {
        (platform.database.number("SELECT count(*) FROM outbox").await == 0).then_some(())
    })
    .await;
}

/// Versions of each task in the order of their first arrival.
fn versions(records: &[Value]) -> BTreeMap<String, Vec<i64>> {
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for record in records {
        let seen = versions.entry(record["subject"].as_str().expect("a subject").to_owned()).or_default();
        let version = record["data"]["version"].as_i64().expect("a version");
        if !seen.contains(&version) {
            seen.push(version);
        }
    }
    versions
}

/// `count` tasks of one user, each created and completed, while no relay can publish.
async fn backlog(platform: &Platform, count: usize) {
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for number in 0..count {
        let task = client.create(&format!("task {number}")).await;
        client.complete(task["id"].as_str().expect("an id")).await;
    }
    // kill -9 with a full outbox.
    api.kill();
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_kill_between_publish_and_delete_repeats_the_event_with_its_id() {
    let platform = Platform::without_topics().await;
    backlog(&platform, 1).await;
    let hanging = Arc::new(Broker { hangs: true, ..Broker::default() });
    let (relay, _) = start(&platform, &hanging);
    eventually("a published record", async || (!hanging.records().is_empty()).then_some(())).await;
    relay.abort();
    assert!(relay.await.is_err());
    let healthy = Arc::new(Broker::default());
    let _relay = start(&platform, &healthy);
    until_empty(&platform).await;
    assert_eq!(healthy.records()[0]["id"], hanging.records()[0]["id"]);
    assert_eq!(healthy.records().len(), 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn failures_and_two_relays_keep_the_order_per_task() {
    let platform = Platform::without_topics().await;
    backlog(&platform, 40).await;
    let broker = Arc::new(Broker { fails_each: 7, ..Broker::default() });
    let (_first, _second) = (start(&platform, &broker), start(&platform, &broker));
    until_empty(&platform).await;
    let versions = versions(&broker.records());
    assert_eq!(versions.len(), 40);
    assert!(versions.values().all(|versions| *versions == [1, 2]), "{versions:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_stopped_relay_publishes_what_was_committed() {
    let platform = Platform::without_topics().await;
    backlog(&platform, 3).await;
    let broker = Arc::new(Broker::default());
    let (relay, stop) = start(&platform, &broker);
    until_empty(&platform).await;
    stop.cancel();
    relay.await.expect("ended by itself");
    assert_eq!(broker.records().len(), 6);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w4_a_dead_broker_fails_no_write_and_gets_every_event_later() {
    let platform = Platform::new().await;
    let address = free_address();
    let api = platform.api_at(&address).await;
    let client = Client::sign_up(&api).await;
    for number in 0..20 {
        let started = Instant::now();
        let task = client.create(&format!("task {number}")).await;
        client.complete(task["id"].as_str().expect("an id")).await;
        assert!(started.elapsed() < Duration::from_secs(2), "a write waited for the broker");
    }
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 40);
    eventually("the age of the outbox", async || {
        let metrics = api.metrics().await;
        let age = metrics.lines().find_map(|line| line.strip_prefix("todo_outbox_oldest_age_seconds "))?;
        (age.parse::<f64>().ok()? > 0.0).then_some(())
    })
    .await;
    let _broker = forward_to_broker(&address).await;
    until_empty(&platform).await;
    let records = receive(&platform.task_events(), |records| records.len() >= 40).await;
    let records: Vec<Value> = records.iter().map(crate::support::Received::json).collect();
    let versions = versions(&records);
    assert_eq!(versions.len(), 20);
    assert!(versions.values().all(|versions| *versions == [1, 2]), "{versions:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn rows_of_a_killed_process_are_published_by_the_next() {
    let platform = Platform::new().await;
    backlog(&platform, 5).await;
    let _api = platform.api().await;
    until_empty(&platform).await;
    assert_eq!(receive(&platform.task_events(), |records| records.len() >= 10).await.len(), 10);
}
