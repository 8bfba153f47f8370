//! Tasks that repeat, over HTTP.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Platform};

fn id(task: &Value) -> String {
    task["id"].as_str().expect("an id").to_owned()
}

fn weekly() -> Value {
    json!({
        "title": "standup", "priority": "P1", "tags": ["work", "meetings"],
        "due": {"local": "2026-02-10T09:00", "zone": "Europe/Berlin"}, "recurrence": {"rule": "weekly"},
        "reminders": [{"minutes_before": 30}]
    })
}

/// The open tasks.
async fn open(client: &Client) -> Vec<Value> {
    let items = client.read("/v1/tasks?limit=100").await["items"].as_array().expect("items").clone();
    items.into_iter().filter(|task| task["completed"] == json!(false)).collect()
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w7_64_concurrent_completions_make_one_successor_with_its_tags() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.make(weekly()).await;
    let completions = join_all((0..64).map(|_| client.complete(made["id"].as_str().expect("an id")))).await;
    assert!(completions.iter().all(|response| response.status() == 200));
    let open = open(&client).await;
    assert_eq!(open.len(), 1);
    let next = &open[0];
    assert_eq!(next["due"], json!({"local": "2026-02-17T09:00:00", "zone": "Europe/Berlin"}));
    assert_eq!((&next["tags"], &next["predecessor_id"]), (&made["tags"], &made["id"]));
    assert_eq!(next["reminders"], json!([{"minutes_before": 30, "fire_at": "2026-02-17T07:30:00Z"}]));
    assert_eq!(
        (&next["recurrence"]["series_id"], &next["recurrence"]["depth"]),
        (&made["recurrence"]["series_id"], &json!(1))
    );
    // Created, completed, created: nothing twice.
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 3);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w7_off_and_on_again_makes_no_second_successor() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = id(&client.make(weekly()).await);
    client.complete(&made).await;
    let first = open(&client).await;
    // Nobody touched the successor: reopening removes it, completing makes a new one.
    client.act(&made, "reopen").await;
    assert_eq!(open(&client).await.iter().map(id).collect::<Vec<_>>(), std::slice::from_ref(&made));
    client.patch(&made, json!({"completed": true})).await;
    let second = open(&client).await;
    assert_eq!((second.len(), &second[0]["due"]), (1, &first[0]["due"]));
    // A successor that was touched stays, and there is no other.
    client.patch(&id(&second[0]), json!({"title": "changed"})).await;
    client.act(&made, "reopen").await;
    client.complete(&made).await;
    let third = open(&client).await;
    assert_eq!((third.len(), &third[0]["title"]), (1, &json!("changed")));
    // A deleted successor is not made again: deleting stops the chain.
    client.send(reqwest::Method::DELETE, &format!("/v1/tasks/{}", id(&third[0])), None).await;
    client.act(&made, "reopen").await;
    client.complete(&made).await;
    assert_eq!(open(&client).await.len(), 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w7_every_form_of_a_rule_repeats_and_a_wrong_one_is_refused() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (rule, next) in [
        ("monthly", "2026-02-28T09:00:00"),
        ("0 9 * * 1", "2026-02-02T09:00:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-03-31T09:00:00"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,FR", "2026-02-02T09:00:00"),
    ] {
        let due = json!({"local": "2026-01-31T09:00", "zone": "Europe/Berlin"});
        let made = client.make(json!({"title": rule, "due": due, "recurrence": {"rule": rule}})).await;
        client.complete(&id(&made)).await;
        let open = open(&client).await;
        assert_eq!(open[0]["due"]["local"], json!(next), "{rule}");
        client.patch(&id(&open[0]), json!({"recurrence": null, "completed": true})).await;
    }
    for rule in ["every purple", "", "FREQ=SECONDLY", "61 * * * *", "0 0 30 2 *"] {
        let body = json!({"title": "a", "recurrence": {"rule": rule}});
        let response = client.send(reqwest::Method::POST, "/v1/tasks", Some(body)).await;
        assert_eq!(response.status(), 400, "{rule}");
        let problem: Value = response.json().await.expect("json");
        assert_eq!(
            (&problem["code"], &problem["field"]),
            (&json!("invalid_recurrence_rule"), &json!("recurrence.rule")),
            "{rule}"
        );
    }
}
