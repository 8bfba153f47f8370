//! Users are apart: in the statements, and by row-level security behind them.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{Client, Database, Platform, with_user};

/// What Ann owns, by the start of the path that names it.
async fn belongings(ann: &Client) -> Vec<(&'static str, String)> {
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let body = json!({
        "title": "of ann", "tags": ["secret"], "due": {"date": "2099-02-10"}, "recurrence": {"rule": "daily"},
        "reminders": [{"minutes_before": 5}]
    });
    let task = id(&ann.make(body).await);
    let body = json!({"name": "of ann", "scopes": ["tasks:read"]});
    let token = ann.send(Method::POST, "/v1/auth/tokens", Some(body)).await;
    let tags = ann.read("/v1/tags").await;
    let token = id(&token.json().await.expect("json"));
    vec![("/v1/tasks/{id}", task), ("/v1/tags/{id}", id(&tags["items"][0])), ("/v1/auth/tokens/{id}", token)]
}

/// A change that each route accepts from the owner.
fn change(path: &str) -> Option<Value> {
    match path {
        "/v1/tasks/{id}" => Some(json!({"title": "stolen"})),
        "/v1/tags/{id}" => Some(json!({"name": "stolen"})),
        _ => None,
    }
}

/// All that Ann sees of her own.
async fn seen(ann: &Client) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/v1/tasks", "/v1/tags", "/v1/reminders", "/v1/auth/tokens", "/v1/auth/me"] {
        seen.push(ann.read(path).await);
    }
    seen
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w1_what_belongs_to_another_user_is_absent_on_every_route() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let belongings = belongings(&ann).await;
    let before = seen(&ann).await;
    let document = ann.read("/openapi.json").await;
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let parameters = path.contains('{');
        let owned = belongings.iter().find(|(start, _)| path.starts_with(start));
        assert!(!parameters || owned.is_some(), "{path}: the test has nothing of that kind");
        let Some((_, id)) = owned else { continue };
        for method in operations.as_object().expect("operations").keys() {
            let wanted: Method = method.to_uppercase().parse().expect("a method");
            let body = if wanted == Method::PATCH { change(path) } else { None };
            let response = bob.send(wanted, &path.replace("{id}", id), body).await;
            assert_eq!(response.status(), 404, "{method} {path}");
            tried += 1;
        }
    }
    assert!(tried >= 9, "{tried} operations");
    for (path, list) in [("/v1/tasks", "items"), ("/v1/tags", "items"), ("/v1/reminders", "items")] {
        assert_eq!(bob.read(path).await[list], json!([]), "{path}");
    }
    assert_eq!(bob.read("/v1/tasks?search=ann&include_total=true").await["total"], json!(0));
    assert_eq!(bob.audit().await.len(), 0);
    assert_eq!(seen(&ann).await, before);
    row_level_security_holds(&platform.database, &ann, &bob).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn every_table_of_users_is_fenced() {
    let platform = Platform::without_topics().await;
    let open = "SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
                WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity \
                AND (a.attname = 'user_id' OR c.relname = 'users')";
    assert_eq!(platform.database.number(open).await, 0);
    // Nothing beyond the policies: the role owns no table and bypasses nothing.
    let role = "SELECT count(*) FROM pg_roles WHERE rolname = 'todo_app' \
                AND NOT (rolbypassrls OR rolsuper OR rolcanlogin OR rolcreaterole)";
    assert_eq!(platform.database.number(role).await, 1);
}

/// What a statement that forgot its owner check would see and do.
async fn row_level_security_holds(database: &Database, ann: &Client, bob: &Client) {
    let mut tx = database.pool.begin().await.expect("a transaction");
    for statement in with_user(bob.user_id) {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.expect("fenced");
    }
    let row =
        sqlx::query("SELECT (SELECT count(*) FROM tasks) AS tasks, (SELECT count(id) FROM users) AS users")
            .fetch_one(&mut *tx)
            .await
            .expect("counts");
    assert_eq!((row.get::<i64, _>("tasks"), row.get::<i64, _>("users")), (0, 1));
    let changed = sqlx::query("UPDATE tasks SET title = 'stolen'").execute(&mut *tx).await.expect("no rows");
    assert_eq!(changed.rows_affected(), 0);
    let forged = sqlx::query(
        "INSERT INTO tasks (id, user_id, title, priority, version, created_at, updated_at) \
         VALUES (gen_random_uuid(), $1, 'forged', 'P3', 1, now(), now())",
    )
    .bind(ann.user_id)
    .execute(&mut *tx)
    .await
    .expect_err("a row of another user");
    assert!(forged.to_string().contains("row-level security"), "{forged}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn without_a_user_the_fence_shows_nothing() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    Client::sign_up(&api).await.create("hidden").await;
    let mut tx = platform.database.pool.begin().await.expect("a transaction");
    sqlx::query("SET LOCAL ROLE todo_app").execute(&mut *tx).await.expect("fenced");
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tasks").fetch_one(&mut *tx).await.expect("a count");
    assert_eq!(seen, 0);
    assert!(sqlx::query("SELECT password_hash FROM users").fetch_all(&mut *tx).await.is_err());
}
