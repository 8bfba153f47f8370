//! Tasks over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Platform};

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_created_task_is_what_is_read_later() {
    let platform = Platform::without_topics().await;
    let api = platform.api().await;
    let client = Client::sign_up(&api).await;
    let body = json!({"title": "  milk ", "description": "2 l", "priority": "high"});
    let response = client.send(Method::POST, "/v1/tasks", Some(body)).await;
    assert_eq!(response.headers()["etag"], "\"1\"");
    let location = response.headers()["location"].to_str().expect("text").to_owned();
    let created: Value = response.json().await.expect("json");
    assert_eq!((&created["title"], &created["priority"]), (&json!("milk"), &json!("P2")));
    let read = client.get(&location).await;
    assert_eq!(read.headers()["etag"], "\"1\"");
    assert_eq!(read.json::<Value>().await.expect("json"), created);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn completing_twice_changes_once_and_makes_one_event() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = client.create("milk").await["id"].as_str().expect("an id").to_owned();
    let first = client.complete(&id).await;
    assert_eq!(first.headers()["etag"], "\"2\"");
    let first: Value = first.json().await.expect("json");
    assert_eq!((&first["completed"], &first["version"]), (&json!(true), &json!(2)));
    let second: Value = client.complete(&id).await.json().await.expect("json");
    assert_eq!(second, first);
    // P1: each change has exactly one outbox row.
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn concurrent_completions_make_one_event() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = client.create("milk").await["id"].as_str().expect("an id").to_owned();
    let (a, b, c, d) =
        tokio::join!(client.complete(&id), client.complete(&id), client.complete(&id), client.complete(&id));
    for response in [a, b, c, d] {
        assert_eq!(response.headers()["etag"], "\"2\"");
    }
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn pages_cover_every_task_once_newest_first() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for number in 0..25 {
        client.create(&format!("task {number}")).await;
    }
    let (mut titles, mut path, mut sizes) = (Vec::new(), "/v1/tasks".to_owned(), Vec::new());
    loop {
        let page = client.read(&path).await;
        let items = page["items"].as_array().expect("items").clone();
        sizes.push(items.len());
        titles.extend(items.iter().map(|task| task["title"].as_str().expect("a title").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/tasks?cursor={cursor}");
    }
    let newest_first: Vec<String> = (0..25).rev().map(|number| format!("task {number}")).collect();
    assert_eq!((titles, sizes), (newest_first, vec![10, 10, 5]));
    assert_eq!(client.read("/v1/tasks?limit=25").await["next_cursor"], Value::Null);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_rolled_back_change_leaves_no_outbox_row() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    platform
        .database
        .execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$; \
             CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
    let response = client.send(Method::POST, "/v1/tasks", Some(json!({"title": "never"}))).await;
    assert!(response.status().is_server_error());
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 0);
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 0);
}
