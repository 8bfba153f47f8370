//! Users are apart: in the statements, and by row-level security behind them.

use sqlx::Row;

use crate::support::{Client, Database, Platform, with_user};

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w1_a_task_of_another_user_is_absent_on_every_route() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let id = ann.create("of ann").await["id"].as_str().expect("an id").to_owned();
    assert_eq!(bob.get(&format!("/v1/tasks/{id}")).await.status(), 404);
    assert_eq!(bob.complete(&id).await.status(), 404);
    assert_eq!(bob.read("/v1/tasks").await["items"].as_array().map(Vec::len), Some(0));
    assert_eq!(bob.audit().await.len(), 0);
    assert_eq!(ann.read(&format!("/v1/tasks/{id}")).await["completed"], serde_json::json!(false));
    row_level_security_holds(&platform.database, &ann, &bob).await;
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
