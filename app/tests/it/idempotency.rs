//! `Idempotency-Key`: a repeated request has one effect and one answer.

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Database, Platform};

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w12_a_repeated_creation_makes_one_task_and_the_same_answer() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let key = [("idempotency-key", "\"k-1\"")];
    let send =
        || client.send_with(Method::POST, "/v1/tasks", &key, Some(json!({"title": "milk", "tags": ["a"]})));
    let mut bodies = Vec::new();
    for (number, response) in join_all((0..8).map(|_| send())).await.into_iter().enumerate() {
        assert_eq!(response.status(), 201, "{number}");
        assert!(response.headers().contains_key("location"));
        bodies.push(response.json::<Value>().await.expect("json"));
    }
    assert!(bodies.iter().all(|body| body == &bodies[0]));
    assert_eq!(send().await.headers()["idempotent-replayed"], "true");
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 1);
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_key_stands_for_one_request_of_one_user() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let key = [("idempotency-key", "k")];
    let make = |client: &Client, title: &str| {
        let (client, body) = (client.clone(), json!({"title": title}));
        async move { client.send_with(Method::POST, "/v1/tasks", &key, Some(body)).await }
    };
    assert_eq!(make(&ann, "milk").await.status(), 201);
    let reused = make(&ann, "bread").await;
    assert_eq!(reused.status(), 422);
    assert_eq!(reused.json::<Value>().await.expect("json")["code"], json!("idempotency_key_reused"));
    assert_eq!(make(&bob, "bread").await.status(), 201);
    let id = ann.create("butter").await["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/tasks/{id}/complete");
    assert_eq!(ann.send_with(Method::POST, &path, &key, None).await.status(), 422);
    let long = "x".repeat(256);
    let too_long = ann.send_with(Method::POST, &path, &[("idempotency-key", &long)], None).await;
    assert_eq!(too_long.status(), 400);
    assert_eq!(too_long.json::<Value>().await.expect("json")["field"], json!("idempotency-key"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_request_whose_first_is_still_at_work_is_told_so() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let mut first = platform.database.pool.begin().await.expect("a transaction");
    sqlx::query(
        "INSERT INTO idempotency_keys VALUES ($1, 'k', decode(repeat('00', 32), 'hex'), '{}', now())",
    )
    .bind(client.user_id)
    .execute(&mut *first)
    .await
    .expect("held");
    let key = [("idempotency-key", "k")];
    let second = client.send_with(Method::POST, "/v1/tasks", &key, Some(json!({"title": "milk"}))).await;
    assert_eq!(second.status(), 409);
    assert_eq!(second.json::<Value>().await.expect("json")["code"], json!("idempotency_key_in_flight"));
    first.rollback().await.expect("rolled back");
    let third = client.send_with(Method::POST, "/v1/tasks", &key, Some(json!({"title": "milk"}))).await;
    assert_eq!(third.status(), 201);
}

/// A repetition that comes after later changes still gets the first answer, and changes nothing.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_late_repetition_does_not_undo_what_came_after_it() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = client.create("milk").await["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/tasks/{id}");
    let headers = [("idempotency-key", "rename"), ("if-match", "\"1\"")];
    let rename = || client.send_with(Method::PATCH, &path, &headers, Some(json!({"title": "bread"})));
    let first: Value = rename().await.json().await.expect("json");
    client.patch(&id, json!({"title": "butter"})).await;
    let late = rename().await;
    assert_eq!((late.status().as_u16(), late.headers()["etag"].to_str().ok()), (200, Some("\"2\"")));
    assert_eq!(late.json::<Value>().await.expect("json"), first);
    assert_eq!(client.read(&path).await["title"], json!("butter"));
    let delete = [("idempotency-key", "gone")];
    for _ in 0..2 {
        assert_eq!(client.send_with(Method::DELETE, &path, &delete, None).await.status(), 204);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_key_is_good_for_all_replicas() {
    let platform = Platform::without_topics().await;
    let (first, second) = (platform.api_at("127.0.0.1:1").await, platform.api_at("127.0.0.1:1").await);
    let ann = Client::sign_up(&first).await;
    let elsewhere = ann.at(&second);
    let key = [("idempotency-key", "k")];
    let make = |client: &Client| {
        let client = client.clone();
        async move { client.send_with(Method::POST, "/v1/tasks", &key, Some(json!({"title": "milk"}))).await }
    };
    let answers = join_all((0..16).map(|number| make(if number % 2 == 0 { &ann } else { &elsewhere }))).await;
    assert!(answers.iter().all(|response| response.status() == 201));
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 1);
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 1);
}

/// Changes of one task and of its successor at once, of all kinds and without an order: nothing fails, nothing is lost.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn unordered_concurrent_changes_of_a_series_keep_every_invariant() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let body =
        json!({"title": "0", "due": {"date": "2026-02-10"}, "recurrence": {"rule": "daily"}, "tags": ["t0"]});
    let made = client.make(body).await["id"].as_str().expect("an id").to_owned();
    for round in 0..20 {
        let items = client.read("/v1/tasks?limit=100").await["items"].as_array().expect("items").clone();
        let ids = items.iter().filter_map(|task| task["id"].as_str()).chain([made.as_str()]);
        let requests: Vec<_> =
            ids.take(5).flat_map(|id| (0..4).map(move |step| (id.to_owned(), step))).collect();
        let sent = requests.into_iter().enumerate().map(|(number, (id, step))| {
            let (client, (method, verb, body)) = (client.clone(), request(round * 7 + number, step));
            async move { client.send(method, &format!("/v1/tasks/{id}{verb}"), body).await.status().as_u16() }
        });
        let statuses = join_all(sent).await;
        // Absent while deleted, or because reopening the predecessor removed it.
        assert!(statuses.iter().all(|status| [200, 204, 404].contains(status)), "{statuses:?}");
    }
    // Each version of each task has its event, a removed successor one more; successors are one per predecessor.
    let lost = "SELECT count(*) FROM tasks t \
                WHERE version <> (SELECT count(*) FROM outbox o WHERE o.task_id = t.id)";
    assert_eq!(platform.database.number(lost).await, 0);
    let doubled = "SELECT count(*) FROM (SELECT FROM tasks WHERE predecessor_id IS NOT NULL \
                   GROUP BY predecessor_id HAVING count(*) > 1) AS doubled";
    assert_eq!(platform.database.number(doubled).await, 0);
}

const TASKS: usize = 50;
const STEPS: usize = 20;

/// A reproducible number: the test makes the same requests in each run.
fn draw(seed: usize, sides: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from((mixed ^ (mixed >> 29)) >> 33).expect("31 bits") % sides
}

/// The request that step `step` makes of a task.
fn request(task: usize, step: usize) -> (Method, &'static str, Option<Value>) {
    let seed = task * STEPS + step;
    match draw(seed, 9) {
        0 => (Method::POST, "/complete", None),
        1 => (Method::POST, "/reopen", None),
        2 => (Method::DELETE, "", None),
        3 => (Method::POST, "/restore", None),
        4 => (
            Method::PATCH,
            "",
            Some(json!({"completed": draw(seed + 7, 2) == 0, "title": format!("{task}.{step}")})),
        ),
        5 => (Method::PATCH, "", Some(json!({"tags": [format!("t{}", draw(seed + 3, 4)), "all"]}))),
        6 => {
            (Method::PATCH, "", Some(json!({"due": {"date": format!("2026-03-{:02}", 1 + draw(seed, 28))}})))
        }
        7 => (Method::PATCH, "", Some(json!({"recurrence": {"rule": "weekly"}}))),
        _ => (
            Method::PATCH,
            "",
            Some(json!({"priority": "P1", "reminders": [{"minutes_before": draw(seed, 90)}]})),
        ),
    }
}

/// Sends each request `copies` times at once, all with its key; requests of one task keep their order.
async fn play(client: &Client, tasks: usize, copies: usize) {
    stream::iter(0..TASKS)
        .for_each_concurrent(tasks, async |task| {
            let key = format!("make-{task}");
            let body = json!({"title": format!("{task}"), "due": {"date": "2026-02-10"}, "recurrence": {"rule": "daily"}});
            let made = repeated(client, (Method::POST, "/v1/tasks", Some(body)), &key, copies).await;
            let id = made["id"].as_str().expect("an id").to_owned();
            for step in 0..STEPS {
                let (method, verb, body) = request(task, step);
                let path = format!("/v1/tasks/{id}{verb}");
                repeated(client, (method, &path, body), &format!("{task}-{step}"), copies).await;
            }
        })
        .await;
}

async fn repeated(
    client: &Client,
    request: (Method, &str, Option<Value>),
    key: &str,
    copies: usize,
) -> Value {
    let (method, path, body) = request;
    let headers = [("idempotency-key", key)];
    let sent = (0..copies).map(|_| client.send_with(method.clone(), path, &headers, body.clone()));
    let mut first = None;
    for response in join_all(sent).await {
        let status = response.status().as_u16();
        assert!([200, 201, 204, 404].contains(&status), "{method} {path}: {status}");
        let answer: Value = response.json().await.unwrap_or_default();
        assert!(status == 404 || first.get_or_insert_with(|| answer.clone()) == &answer, "{method} {path}");
    }
    first.unwrap_or_default()
}

/// All that the requests left, without ids and times.
async fn left(database: &Database, client: &Client) -> String {
    let sql = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (SELECT concat_ws('|', t.title, t.priority, t.completed, \
         t.deleted_at IS NOT NULL, t.version, t.depth, t.due_date, t.occurrence, s.rule, p.title, \
         (SELECT string_agg(g.name, ',' ORDER BY g.name) FROM task_tags l JOIN tags g ON g.id = l.tag_id WHERE l.task_id = t.id), \
         (SELECT string_agg(r.minutes_before || '@' || r.fire_at, ',' ORDER BY 1) FROM reminders r WHERE r.task_id = t.id), \
         (SELECT count(*) FROM outbox o WHERE o.task_id = t.id)) AS line \
         FROM tasks t LEFT JOIN series s ON s.id = t.series_id LEFT JOIN tasks p ON p.id = t.predecessor_id \
         WHERE t.user_id = $1) AS lines";
    sqlx::query_scalar(sql).bind(client.user_id).fetch_one(&database.pool).await.expect("a text")
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_thousand_repeated_concurrent_mutations_leave_what_a_serial_run_leaves() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (serial, concurrent) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    play(&serial, 1, 1).await;
    play(&concurrent, 8, 3).await;
    let (serial, concurrent) =
        (left(&platform.database, &serial).await, left(&platform.database, &concurrent).await);
    assert!(serial.lines().count() > TASKS, "no task has a successor:\n{serial}");
    assert_eq!(concurrent, serial);
}
