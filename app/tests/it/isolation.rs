//! Users are apart: in the statements, and by row-level security behind them.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{Client, Database, Platform, eventually, with_user};

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

/// References count as well: foreign keys do not know of policies.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_row_of_ones_own_cannot_refer_to_what_belongs_to_another_user() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    belongings(&ann).await;
    belongings(&bob).await;
    let of = |table: &str, client: &Client| {
        format!("(SELECT id FROM {table} WHERE user_id = '{}')", client.user_id)
    };
    let ids = |tables: [&str; 3], client: &Client| tables.map(|table| of(table, client));
    // Looked up without the fence, for behind it Bob does not see them.
    let mut found = Vec::new();
    for sql in
        ids(["tasks", "tags", "series"], &ann).into_iter().chain(ids(["tasks", "tags", "series"], &bob))
    {
        let id: uuid::Uuid = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&platform.database.pool)
            .await
            .expect("an id");
        found.push(id);
    }
    let [task, tag, series, own_task, own_tag, _] = found[..] else { unreachable!("six ids") };
    let user = bob.user_id;
    let copy = "INSERT INTO tasks (id, user_id, title, priority, version, created_at, updated_at";
    for forged in [
        format!("INSERT INTO task_tags VALUES ('{task}', '{own_tag}', '{user}')"),
        format!("INSERT INTO task_tags VALUES ('{own_task}', '{tag}', '{user}')"),
        format!("INSERT INTO reminders VALUES ('{task}', '{user}', 7)"),
        format!(
            "{copy}, series_id) VALUES (gen_random_uuid(), '{user}', 'x', 'P3', 1, now(), now(), '{series}')"
        ),
        format!(
            "{copy}, predecessor_id) VALUES (gen_random_uuid(), '{user}', 'x', 'P3', 1, now(), now(), '{task}')"
        ),
        format!("UPDATE tasks SET series_id = '{series}' WHERE id = '{own_task}'"),
    ] {
        let mut tx = platform.database.pool.begin().await.expect("a transaction");
        for statement in with_user(user) {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.expect("fenced");
        }
        let outcome = sqlx::query(sqlx::AssertSqlSafe(forged.clone())).execute(&mut *tx).await;
        let error = outcome.expect_err(&forged).to_string();
        assert!(error.contains("row-level security"), "{forged}: {error}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_cursor_of_another_user_is_refused_by_every_listing() {
    let platform = Platform::new().await;
    let (api, _audit) = (platform.api().await, platform.audit().await);
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    for number in 0..2 {
        let tag = format!("t{number}");
        ann.make(json!({"title": "a", "tags": [tag], "due": {"date": "2099-01-01"}, "reminders": [{}]}))
            .await;
    }
    eventually("the audit log", async || (ann.audit().await.len() == 2).then_some(())).await;
    for path in ["/v1/tasks", "/v1/tags", "/v1/reminders", "/v1/audit"] {
        let page = ann.read(&format!("{path}?limit=1")).await;
        let cursor = page["next_cursor"].as_str().expect("a second page").to_owned();
        let stolen = bob.get(&format!("{path}?limit=1&cursor={cursor}")).await;
        assert_eq!(stolen.status(), 400, "{path}");
        let problem: Value = stolen.json().await.expect("json");
        assert_eq!(problem["field"], json!("cursor"), "{path}");
    }
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
