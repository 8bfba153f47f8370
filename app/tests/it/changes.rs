//! Changes of a task over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Platform};

fn id(task: &Value) -> String {
    task["id"].as_str().expect("an id").to_owned()
}

fn full() -> Value {
    json!({
        "title": "standup", "description": "daily", "priority": "P1", "tags": [" Work", "home", "work"],
        "due": {"local": "2099-02-10T09:00", "zone": "Europe/Berlin"}, "recurrence": {"rule": "weekly"},
        "reminders": [{"minutes_before": 30}, {}]
    })
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_task_with_everything_is_what_is_read_later() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.make(full()).await;
    assert_eq!(made["tags"], json!(["home", "work"]));
    assert_eq!(made["due"], json!({"local": "2099-02-10T09:00:00", "zone": "Europe/Berlin"}));
    assert_eq!(made["due_at"], json!("2099-02-10T08:00:00Z"));
    let reminders = json!([
        {"minutes_before": 30, "fire_at": "2099-02-10T07:30:00Z"},
        {"minutes_before": 60, "fire_at": "2099-02-10T07:00:00Z"}
    ]);
    assert_eq!(made["reminders"], reminders);
    assert_eq!(
        (&made["recurrence"]["rule"], &made["recurrence"]["zone"]),
        (&json!("weekly"), &json!("Europe/Berlin"))
    );
    assert_eq!(client.read(&format!("/v1/tasks/{}", id(&made))).await, made);
    let listed = client.read("/v1/tasks").await;
    assert_eq!(listed["items"][0], made);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn the_three_kinds_of_due_dates_survive() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (due, at) in [
        (json!({"date": "2099-02-10", "zone": "Asia/Karachi"}), "2099-02-09T19:00:00Z"),
        (json!({"local": "2099-02-10T09:00:00", "zone": "Asia/Karachi"}), "2099-02-10T04:00:00Z"),
        (json!({"instant": "2099-02-10T09:00:00Z"}), "2099-02-10T09:00:00Z"),
        (json!({"date": "0001-01-01", "zone": "UTC"}), "0001-01-01T00:00:00Z"),
        (json!({"date": "9998-12-31", "zone": "UTC"}), "9998-12-31T00:00:00Z"),
    ] {
        let made = client.make(json!({"title": "milk", "due": due.clone()})).await;
        let read = client.read(&format!("/v1/tasks/{}", id(&made))).await;
        assert_eq!((&read["due"], &read["due_at"]), (&due, &json!(at)));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w11_null_clears_a_field_and_an_absent_one_stays() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.make(full()).await;
    let cleared = client.patch(&id(&made), json!({"description": null, "due": null, "tags": ["home"]})).await;
    assert_eq!(
        (&cleared["description"], &cleared["due"], &cleared["due_at"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&cleared["tags"], &cleared["title"], &cleared["priority"]),
        (&json!(["home"]), &json!("standup"), &json!("P1"))
    );
    assert_eq!(cleared["reminders"][0], json!({"minutes_before": 30, "fire_at": null}));
    assert_eq!(cleared["warnings"][0]["code"], json!("reminder_without_due"));
    let emptied = client
        .patch(&id(&made), json!({"priority": null, "tags": null, "reminders": null, "recurrence": null}))
        .await;
    assert_eq!(
        (&emptied["priority"], &emptied["tags"], &emptied["reminders"], &emptied["recurrence"]),
        (&json!("P3"), &json!([]), &json!([]), &Value::Null)
    );
    assert_eq!(emptied["version"], json!(3));
    // Nothing new: no version and no event.
    assert_eq!(client.patch(&id(&made), json!({"tags": []})).await["version"], json!(3));
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 3);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w8_a_moved_due_date_moves_the_reminders() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.make(full()).await;
    client.patch(&id(&made), json!({"due": {"instant": "2099-03-01T12:00:00Z"}})).await;
    let fire = "SELECT count(*) FROM reminders \
                WHERE fire_at = timestamptz '2099-03-01 12:00Z' - minutes_before * interval '1 minute'";
    assert_eq!(platform.database.number(fire).await, 2);
    assert_eq!(platform.database.number("SELECT count(*) FROM reminders").await, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w11_a_stale_entity_tag_is_refused_and_changes_nothing() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let path = format!("/v1/tasks/{}", id(&client.create("milk").await));
    let rename = |tag: &'static str, title: &'static str| {
        let (client, path) = (client.clone(), path.clone());
        async move {
            client.send_with(Method::PATCH, &path, &[("if-match", tag)], Some(json!({"title": title}))).await
        }
    };
    assert_eq!(rename("\"1\"", "bread").await.headers()["etag"], "\"2\"");
    let stale = rename("\"1\"", "butter").await;
    assert_eq!(stale.status(), 412);
    let problem: Value = stale.json().await.expect("json");
    assert_eq!((&problem["code"], &problem["field"]), (&json!("precondition_failed"), &json!("if-match")));
    assert_eq!(client.read(&path).await["title"], json!("bread"));
    assert_eq!(rename("*", "butter").await.status(), 200);
    assert_eq!(rename("W/\"3\"", "jam").await.status(), 412);
    let deleted = client.send_with(Method::DELETE, &path, &[("if-match", "\"2\"")], None).await;
    assert_eq!(deleted.status(), 412);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_deleted_task_is_absent_and_can_be_restored() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.make(full()).await;
    let (id, path) = (id(&made), format!("/v1/tasks/{}", id(&made)));
    assert_eq!(client.send(Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
    assert_eq!(client.complete(&id).await.status(), 404);
    assert_eq!(client.send(Method::DELETE, &path, None).await.status(), 404);
    assert_eq!(client.read("/v1/tasks").await["items"], json!([]));
    let restored: Value = client.act(&id, "restore").await.json().await.expect("json");
    assert_eq!(
        (&restored["deleted_at"], &restored["version"], &restored["tags"]),
        (&Value::Null, &json!(3), &made["tags"])
    );
    assert_eq!(client.act(&id, "restore").await.headers()["etag"], "\"3\"");
    assert_eq!(client.get(&path).await.status(), 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn what_is_old_is_removed_and_the_rest_stays() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let (old, young) = (client.make(full()).await, client.make(full()).await);
    let headers = [("idempotency-key", "old")];
    client.send_with(Method::POST, "/v1/tasks", &headers, Some(json!({"title": "kept"}))).await;
    for task in [&old, &young] {
        client.send(Method::DELETE, &format!("/v1/tasks/{}", id(task)), None).await;
    }
    platform
        .database
        .execute(format!(
            "UPDATE tasks SET deleted_at = now() - interval '31 days' WHERE id = '{}'; \
             UPDATE idempotency_keys SET created_at = now() - interval '25 hours'; \
             INSERT INTO inbox VALUES ('audit', 'x', 'old', now() - interval '46 days'), ('audit', 'x', 'new', now())",
            id(&old)
        ))
        .await;
    service::store::Store::new(platform.database.options()).remove_old().await;
    let counts = "SELECT (SELECT count(*) FROM tasks) * 1000 + (SELECT count(*) FROM series) * 100 \
                  + (SELECT count(*) FROM idempotency_keys) * 10 + (SELECT count(*) FROM inbox)";
    assert_eq!(platform.database.number(counts).await, 2101);
    assert_eq!(client.act(&id(&young), "restore").await.status(), 200);
}
