//! Tags: counts, rename and deletion.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Client, Platform, eventually};

async fn tagged(client: &Client, title: &str, tags: &[&str]) -> String {
    let body = json!({"title": title, "tags": tags});
    let task: Value = client.send(Method::POST, "/v1/tasks", Some(body)).await.json().await.expect("json");
    task["id"].as_str().expect("an id").to_owned()
}

async fn tag_id(client: &Client, name: &str) -> String {
    let page = client.read("/v1/tags?limit=100").await;
    let tag = page["items"].as_array().expect("items").iter().find(|tag| tag["name"] == json!(name));
    tag.expect("the tag")["id"].as_str().expect("an id").to_owned()
}

async fn rename(client: &Client, id: &str, body: Value) -> Response {
    client.send(Method::PATCH, &format!("/v1/tags/{id}"), Some(body)).await
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn tags_are_listed_by_name_with_the_tasks_that_carry_them() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (client, other) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    for (title, tags) in [("a", &["work", "home"][..]), ("b", &["work"]), ("c", &["über", "zoo"])] {
        tagged(&client, title, tags).await;
    }
    let gone = tagged(&client, "d", &["work", "alone"]).await;
    client.send(Method::DELETE, &format!("/v1/tasks/{gone}"), None).await;
    tagged(&other, "e", &["work", "others"]).await;
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.read(&format!("/v1/tags?limit=2{cursor}")).await;
        for tag in page["items"].as_array().expect("items") {
            walked.push((tag["name"].as_str().expect("a name").to_owned(), tag["task_count"].clone()));
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        assert_eq!(other.get(&format!("/v1/tags?limit=2{cursor}")).await.status(), 400);
    }
    let expected = [("alone", 0), ("home", 1), ("work", 2), ("zoo", 1), ("über", 1)];
    assert_eq!(walked, expected.map(|(name, count)| (name.to_owned(), json!(count))));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w12_a_renamed_tag_is_renamed_on_every_task_with_an_event_each() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(tagged(&client, &format!("task {number}"), &["work", "x"]).await);
    }
    let untouched = tagged(&client, "other", &["x"]).await;
    let gone = tagged(&client, "gone", &["work"]).await;
    client.send(Method::DELETE, &format!("/v1/tasks/{gone}"), None).await;
    let before = platform.database.number("SELECT count(*) FROM outbox").await;
    let tag = tag_id(&client, "work").await;
    let renamed = rename(&client, &tag, json!({"name": " Office "})).await;
    assert_eq!(renamed.status(), 200);
    let renamed: Value = renamed.json().await.expect("json");
    assert_eq!((&renamed["name"], &renamed["task_count"]), (&json!("office"), &json!(3)));
    for id in &ids {
        let task = client.read(&format!("/v1/tasks/{id}")).await;
        assert_eq!((&task["tags"], &task["version"]), (&json!(["office", "x"]), &json!(2)));
        assert!(task["updated_at"].as_str() > task["created_at"].as_str());
    }
    assert_eq!(client.read(&format!("/v1/tasks/{untouched}")).await["version"], json!(1));
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await - before, 3);
    let told = platform
        .database
        .number(
            "SELECT count(*) FROM outbox WHERE envelope::json->>'type' = 'todo.task.updated.v1' \
             AND envelope::json#>>'{data,tags,0}' = 'office' AND (envelope::json#>>'{data,version}')::int = 2",
        )
        .await;
    assert_eq!(told, 3);
    // A deleted task has it too when it comes back.
    client.send(Method::POST, &format!("/v1/tasks/{gone}/restore"), None).await;
    assert_eq!(client.read(&format!("/v1/tasks/{gone}")).await["tags"], json!(["office"]));
    // Again: nothing changes.
    assert_eq!(rename(&client, &tag, json!({"name": "office"})).await.status(), 200);
    assert_eq!(client.read(&format!("/v1/tasks/{}", ids[0])).await["version"], json!(2));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w12_a_deleted_tag_leaves_every_task() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = tagged(&client, "task", &["work", "x"]).await;
    let tag = tag_id(&client, "work").await;
    let path = format!("/v1/tags/{tag}");
    assert_eq!(client.send(Method::DELETE, &path, None).await.status(), 204);
    let task = client.read(&format!("/v1/tasks/{id}")).await;
    assert_eq!((&task["tags"], &task["version"]), (&json!(["x"]), &json!(2)));
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 2);
    assert_eq!(client.send(Method::DELETE, &path, None).await.status(), 404);
    assert_eq!(client.read("/v1/tasks?tag=work").await["items"], json!([]));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_rename_that_cannot_be_is_refused() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (client, other) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    tagged(&client, "task", &["work", "home"]).await;
    let tag = tag_id(&client, "work").await;
    let absent = "01999999-0000-7000-8000-000000000000";
    for (client, id, body, status, code, field) in [
        (&client, tag.as_str(), json!({"name": "HOME"}), 409, "tag_exists", json!("name")),
        (&client, &tag, json!({"name": " "}), 400, "invalid_input", json!("name")),
        (&client, &tag, json!({"name": "x".repeat(51)}), 400, "invalid_input", json!("name")),
        (&client, &tag, json!({}), 400, "invalid_input", json!("name")),
        (&client, &tag, json!({"name": "a", "color": "red"}), 400, "invalid_input", json!("color")),
        (&client, absent, json!({"name": "a"}), 404, "not_found", Value::Null),
        (&client, "x", json!({"name": "a"}), 404, "not_found", Value::Null),
        (&other, &tag, json!({"name": "a"}), 404, "not_found", Value::Null),
    ] {
        let response = rename(client, id, body.clone()).await;
        assert_eq!(response.status(), status, "{body}");
        let problem: Value = response.json().await.expect("json");
        assert_eq!((&problem["code"], &problem["field"]), (&json!(code), &field), "{body}");
    }
    assert_eq!(other.send(Method::DELETE, &format!("/v1/tags/{tag}"), None).await.status(), 404);
    assert_eq!(tag_id(&client, "work").await, tag);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_tag_on_more_than_10000_tasks_is_not_changed() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    tagged(&client, "task", &["work"]).await;
    let tag = tag_id(&client, "work").await;
    let fill = |count: u32| {
        format!(
            "WITH t AS (INSERT INTO tasks (id, user_id, title, priority, version, created_at, updated_at) \
             SELECT gen_random_uuid(), '{0}', 'x', 'P3', 1, now(), now() FROM generate_series(1, {count}) RETURNING id) \
             INSERT INTO task_tags (task_id, tag_id, user_id) SELECT id, '{tag}', '{0}' FROM t",
            client.user_id
        )
    };
    platform.database.execute(fill(9_999)).await;
    let renamed: Value = rename(&client, &tag, json!({"name": "office"})).await.json().await.expect("json");
    assert_eq!(renamed["task_count"], json!(10_000));
    let versions = "SELECT count(*) FROM tasks WHERE version = 2";
    assert_eq!(platform.database.number(versions).await, 10_000);
    platform.database.execute(fill(1)).await;
    let path = format!("/v1/tags/{tag}");
    for response in
        [rename(&client, &tag, json!({"name": "x"})).await, client.send(Method::DELETE, &path, None).await]
    {
        assert_eq!(response.status(), 409);
        assert_eq!(response.json::<Value>().await.expect("json")["code"], json!("tag_in_use"));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn changes_of_a_tag_and_of_its_tasks_at_once_all_succeed() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(tagged(&client, &format!("task {number}"), &["a0"]).await);
    }
    let tag = tag_id(&client, "a0").await;
    for round in 1..=5 {
        let name = format!("a{round}");
        let renamed = rename(&client, &tag, json!({"name": name}));
        let changes = ids.iter().map(async |id| {
            let body = json!({"priority": format!("P{}", round % 4 + 1)});
            client.send(Method::PATCH, &format!("/v1/tasks/{id}"), Some(body)).await
        });
        let (renamed, answers) = tokio::join!(renamed, futures::future::join_all(changes));
        assert_eq!(renamed.status(), 200);
        assert!(answers.iter().all(|response| response.status() == 200));
        for id in &ids {
            let task = client.read(&format!("/v1/tasks/{id}")).await;
            assert_eq!(task["tags"], json!([name]));
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_task_made_while_its_tag_is_renamed_has_the_tag_that_it_names() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    tagged(&client, "old", &["work"]).await;
    let mut rename = platform.database.pool.begin().await.expect("a transaction");
    sqlx::query("UPDATE tags SET name = 'office'").execute(&mut *rename).await.expect("renamed");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock'";
    let commit = async {
        eventually("a request that waits", async || {
            (platform.database.number(waiting).await > 0).then_some(())
        })
        .await;
        rename.commit().await.expect("committed");
    };
    let (id, ()) = tokio::join!(tagged(&client, "new", &["work"]), commit);
    assert_eq!(client.read(&format!("/v1/tasks/{id}")).await["tags"], json!(["work"]));
    let names = client.read("/v1/tags").await;
    let names = names["items"].as_array().expect("items").iter().map(|tag| &tag["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["office", "work"]);
}
