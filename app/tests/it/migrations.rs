//! `todo migrate`

use crate::support::{Client, Database, Platform, Process, eventually, required, run_to_end, with_database};

fn variables(url: &str) -> [(&'static str, String); 1] {
    [(contract::env::MIGRATION_DATABASE_URL, url.to_owned())]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn two_migrations_at_once_apply_each_step_once() {
    let database = Database::new().await;
    let run = |url: String| tokio::task::spawn_blocking(move || run_to_end(&["migrate"], &variables(&url)));
    let (a, b) = tokio::join!(run(database.url.clone()), run(database.url.clone()));
    let outputs = [a.expect("ran"), b.expect("ran")];
    assert!(outputs.iter().all(|output| output.status.success()), "{outputs:?}");
    let all: String = outputs.iter().map(|output| text(&output.stdout)).collect();
    assert_eq!(all.matches("applied 1 baseline").count(), 1, "{all}");
    assert_eq!(all.matches("the schema is at version").count(), 2, "{all}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w9_the_schema_goes_back_and_forth_and_leaves_nothing() {
    let database = Database::new().await;
    for to in ["1", "0", "3", "2", "1", "3"] {
        let output = run_to_end(&["migrate", "--to", to], &variables(&database.url));
        assert!(output.status.success(), "{output:?}");
    }
    run_to_end(&["migrate", "--to", "0"], &variables(&database.url));
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                AND relkind IN ('r', 'S', 'v') AND relname <> 'schema_version'";
    assert_eq!(database.number(left).await, 0);
}

/// A row as the first release wrote it.
const OLD_TASK: &str = "INSERT INTO tasks (id, user_id, title, description, priority, version, created_at, updated_at) \
     VALUES (gen_random_uuid(), (SELECT id FROM users LIMIT 1), 'Buy milk', 'two litres', 'P3', 1, now(), now())";

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w9_data_survives_the_way_forth_back_and_forth() {
    let database = Database::new().await;
    let migrate = |to: Option<i32>| service::store::migrations::migrate(database.options(), to);
    migrate(Some(1)).await.expect("the first release");
    database
        .execute("INSERT INTO users VALUES (gen_random_uuid(), 'a@example.com', NULL, NULL, now())")
        .await;
    database.execute(OLD_TASK).await;
    migrate(None).await.expect("forth");
    // Pods of the release before serve until they are replaced.
    database.execute(OLD_TASK).await;
    let found = "SELECT count(*) FROM tasks WHERE search @@ todo_search_query(user_id, 'litre:* & milk')";
    assert_eq!(database.number(found).await, 2);
    let platform = Platform { prefix: format!("{}.", database.name), database };
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let due = serde_json::json!({"date": "2026-02-10"});
    let body =
        serde_json::json!({"title": "rich", "tags": ["a"], "due": due, "recurrence": {"rule": "daily"}});
    client.complete(client.make(body).await["id"].as_str().expect("an id")).await;
    drop(api);
    let migrate = |to: Option<i32>| service::store::migrations::migrate(platform.database.options(), to);
    migrate(Some(1)).await.expect("back");
    platform.database.execute(OLD_TASK).await;
    migrate(None).await.expect("forth again");
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 5);
    assert_eq!(
        platform.database.number("SELECT count(*) FROM tasks WHERE title = 'rich' AND completed").await,
        1
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_schema_that_serves_only_newer_releases_is_refused_once_and_clearly() {
    let platform = Platform::without_topics().await;
    let future = service::store::migrations::LATEST + 1;
    let record =
        |serves: i32| format!("INSERT INTO schema_version VALUES ({future}, 'future', now(), {serves})");
    // One that leaves this release working is fine.
    platform.database.execute(record(future - 1)).await;
    drop(platform.api_at("127.0.0.1:1").await);
    platform.database.execute(format!("DELETE FROM schema_version WHERE version = {future}")).await;
    platform.database.execute(record(future)).await;
    let api = Process::start(&["api"], &platform.variables("127.0.0.1:1"));
    let message = format!("is at version {future} and serves releases that need {future} or later");
    eventually("the message", async || api.log().contains(&message).then_some(())).await;
    for path in ["/v1/tasks", "/v1/auth/me"] {
        let response = reqwest::get(format!("{}{path}", api.base)).await.expect("an answer");
        assert_eq!(response.status(), 503, "{path}");
        let problem: serde_json::Value = response.json().await.expect("json");
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.starts_with("the schema does not fit"))
        );
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_failure_ends_in_one_clear_line_without_the_password() {
    let database = Database::new().await;
    let wrong = with_database("postgres://nobody:s3cret@127.0.0.1:1/x", "todo");
    let output = run_to_end(&["migrate"], &variables(&wrong));
    let log = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.starts_with("failed to connect to \"127.0.0.1:1/todo\": Connection refused"), "{log}");
    assert!(!log.contains("s3cret"));

    database.execute("CREATE TABLE tasks ()").await;
    let output = run_to_end(&["migrate"], &variables(&database.url));
    let log = text(&output.stderr);
    assert_eq!(
        log.trim(),
        "failed to apply migration \"1 baseline\": relation \"tasks\" already exists (SQLSTATE 42P07)"
    );
    // The failed step left nothing behind.
    assert_eq!(database.number("SELECT count(*) FROM pg_class WHERE relname = 'users'").await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_ordinary_database_owner_can_migrate_and_serve() {
    let database = Database::new().await;
    let owner = format!("owner_{}", database.name);
    database
        .execute(format!(
            "CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'owner'; ALTER DATABASE {} OWNER TO {owner}",
            database.name
        ))
        .await;
    let server = required("TEST_DATABASE_URL");
    let (_, address) = server.rsplit_once('@').expect("credentials");
    let url = with_database(&format!("postgres://{owner}:owner@{address}"), &database.name);
    let output = run_to_end(&["migrate"], &variables(&url));
    assert!(output.status.success(), "{output:?}");
    let platform = Platform { prefix: format!("{}.", database.name), database: Database { url, ..database } };
    let api = platform.api_at("127.0.0.1:1").await;
    Client::sign_up(&api).await.create("milk").await;
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_role_waits_for_the_schema_says_so_and_becomes_ready_by_itself() {
    let database = Database::new().await;
    let platform = Platform { prefix: format!("{}.", database.name), database };
    let api = Process::start(&["api"], &platform.variables("127.0.0.1:1"));
    eventually("the message", async || {
        api.log().contains("is at version 0, this release needs ").then_some(())
    })
    .await;
    let answer = |path: &'static str| {
        let url = format!("{}{path}", api.base);
        async move { reqwest::get(url).await.expect("an answer").status().as_u16() }
    };
    assert_eq!((answer("/healthz").await, answer("/readyz").await), (200, 503));
    assert!(run_to_end(&["migrate"], &variables(&platform.database.url)).status.success());
    api.until_ready().await;
}
