//! P1, P2 and P3 at rest after `kill -9` of the API, the consumer, the broker and the database under load.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::support::{Client, Platform, Process, Services, eventually, receive_from};

/// Writers at once.
const WRITERS: usize = 4;

/// What the writers know.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    writes: AtomicU32,
    /// Versions that the API acknowledged, by task.
    acknowledged: Mutex<BTreeMap<String, i64>>,
    /// Where the API is now.
    base: Mutex<String>,
}

/// Sends a request; `None` if it failed, in which case nobody knows whether it had its effect.
async fn send(load: &Load, client: &Client, path: &str, body: Option<Value>) -> Option<Value> {
    let url = format!("{}{path}", load.base.lock().await);
    let mut request = reqwest::Client::new()
        .request(Method::POST, url)
        .bearer_auth(&client.token)
        .timeout(Duration::from_secs(5));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.ok().filter(|response| response.status().is_success())?;
    let task: Value = response.json().await.ok()?;
    let id = task["id"].as_str()?.to_owned();
    load.acknowledged.lock().await.insert(id, task["version"].as_i64()?);
    load.writes.fetch_add(1, Ordering::Relaxed);
    Some(task)
}

async fn write(load: Arc<Load>, client: Client) {
    while !load.stop.load(Ordering::Relaxed) {
        let Some(task) = send(&load, &client, "/v1/tasks", Some(json!({"title": "chaos"}))).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let path = format!("/v1/tasks/{}/complete", task["id"].as_str().expect("an id"));
        send(&load, &client, &path, None).await;
    }
}

/// Lets the writers go on until they have written more.
async fn more_writes(load: &Load) {
    let before = load.writes.load(Ordering::Relaxed);
    eventually("writes", async || (load.writes.load(Ordering::Relaxed) > before + 40).then_some(())).await;
}

/// Starts a role on servers of its own and waits for it.
async fn role(arguments: &[&str], platform: &Platform, services: &Services) -> Process {
    let process = Process::start(arguments, &platform.variables(&services.bootstrap));
    process.until_ready().await;
    process
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w4_kills_of_every_part_lose_and_double_nothing() {
    let services = Services::start("chaos");
    let platform = Platform::on(&services).await;
    // The servers of tests commit without waiting for the log; what a kill may take then is not the promise.
    let durable = format!("ALTER DATABASE {} SET synchronous_commit = on", platform.database.name);
    platform.database.execute(durable).await;
    let api = role(&["api"], &platform, &services).await;
    let audit = role(&["consume", "audit"], &platform, &services).await;
    let load = Arc::new(Load::default());
    load.base.lock().await.clone_from(&api.base);
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        writers.push(tokio::spawn(write(load.clone(), Client::sign_up(&api).await)));
    }
    more_writes(&load).await;
    api.kill();
    let api = role(&["api"], &platform, &services).await;
    load.base.lock().await.clone_from(&api.base);
    more_writes(&load).await;
    services.kill_and_start("kafka").await;
    more_writes(&load).await;
    audit.kill();
    let _audit = role(&["consume", "audit"], &platform, &services).await;
    more_writes(&load).await;
    services.kill_and_start("postgres").await;
    more_writes(&load).await;
    load.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("a writer");
    }
    at_rest(&platform, &services, &load).await;
}

/// The invariants once all is quiet.
async fn at_rest(platform: &Platform, services: &Services, load: &Load) {
    let number = async |sql| platform.database.try_number(sql).await;
    let events = "SELECT sum(version)::bigint FROM tasks";
    eventually("an empty outbox", async || (number("SELECT count(*) FROM outbox").await? == 0).then_some(()))
        .await;
    eventually("every event in the audit log", async || {
        (number("SELECT count(*) FROM audit_log").await? >= number(events).await?).then_some(())
    })
    .await;
    // P1 and P3: a task of version n has exactly the entries 1 … n.
    let wrong = "SELECT count(*) FROM (SELECT t.id FROM tasks t LEFT JOIN audit_log a ON a.task_id = t.id \
         GROUP BY t.id, t.version HAVING array_agg((a.data->>'version')::bigint ORDER BY a.seq) \
         <> ARRAY(SELECT generate_series(1, t.version))) AS wrong";
    assert_eq!(number(wrong).await, Some(0));
    let stray =
        "SELECT count(*) FROM audit_log a WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = a.task_id)";
    assert_eq!(number(stray).await, Some(0));
    // P2: what the API acknowledged arrived, each task's versions in order.
    let total = number(events).await.and_then(|total| usize::try_from(total).ok()).expect("a count");
    let seen = RefCell::new(BTreeSet::new());
    let records = receive_from(&services.bootstrap, &platform.task_events(), |records| {
        seen.borrow_mut().extend(records.last().map(|record| record.json()["id"].to_string()));
        seen.borrow().len() >= total
    })
    .await;
    let records: Vec<Value> = records.iter().map(crate::support::Received::json).collect();
    let (arrived, distinct) = arrivals(&records);
    assert_eq!(distinct, total);
    for (task, version) in load.acknowledged.lock().await.iter() {
        assert!(arrived[task] >= *version, "task {task} arrived only up to version {}", arrived[task]);
    }
    println!("{total} events, {} records ({} repeated)", records.len(), records.len() - total);
}

/// Highest version of each task and the number of distinct events; versions must first arrive in order.
fn arrivals(records: &[Value]) -> (BTreeMap<String, i64>, usize) {
    let mut highest = BTreeMap::new();
    let mut distinct = 0;
    for record in records {
        let version = record["data"]["version"].as_i64().expect("a version");
        let seen = highest.entry(record["subject"].as_str().expect("a subject").to_owned()).or_insert(0);
        if version > *seen {
            assert_eq!(version, *seen + 1, "an event was overtaken");
            *seen = version;
            distinct += 1;
        }
    }
    (highest, distinct)
}
