//! From the request through Kafka to the audit log.

use serde_json::{Value, json};

use crate::support::{Client, Platform, eventually, receive};

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_task_arrives_in_the_audit_log_once_per_change() {
    let platform = Platform::new().await;
    let (api, audit) = (platform.api().await, platform.audit().await);
    let client = Client::sign_up(&api).await;
    let task = client.create("milk").await;
    let id = task["id"].as_str().expect("an id");
    assert_eq!(client.read("/v1/tasks").await["items"][0]["id"], task["id"]);
    client.complete(id).await;
    client.complete(id).await;
    let entries = eventually("two entries", async || {
        let entries = client.audit().await;
        (entries.len() >= 2).then_some(entries)
    })
    .await;
    let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["type"]).collect();
    assert_eq!(kinds, [&json!("todo.task.completed.v1"), &json!("todo.task.created.v1")]);
    assert_eq!(entries[0]["data"]["version"], json!(2));
    // P1 and P3 at rest: outbox empty, one entry per change, each consumed once.
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 0);
    assert_eq!(platform.database.number("SELECT count(*) FROM audit_log").await, 2);
    let metrics = audit.metrics().await;
    assert!(
        metrics.contains("todo_events_consumed_total{consumer=\"audit\",outcome=\"applied\"} 2"),
        "{metrics}"
    );
    let topic = platform.task_events();
    let metrics = api.metrics().await;
    assert!(metrics.contains(&format!("todo_outbox_published_total{{topic=\"{topic}\"}} 2")), "{metrics}");
    assert!(metrics.contains("todo_outbox_oldest_age_seconds 0.0"), "{metrics}");
    the_topics_carry_the_documented_envelope(&platform, &client).await;
}

async fn the_topics_carry_the_documented_envelope(platform: &Platform, client: &Client) {
    let events = receive(&platform.task_events(), |records| records.len() == 2).await;
    let updates = contract::topics::TASK_UPDATES.prefixed(&platform.prefix);
    let updates = receive(&updates, |records| records.len() == 2).await;
    for (event, update) in events.iter().zip(&updates) {
        assert_eq!(event.key, client.user_id.to_string().into_bytes());
        assert_eq!(event.header("content-type"), "application/cloudevents+json; charset=UTF-8");
        assert_eq!(event.payload, update.payload);
    }
    assert_eq!(events[0].json()["type"], json!("todo.task.created.v1"));
    assert_eq!(events[1].json()["subject"], events[0].json()["subject"]);
}
