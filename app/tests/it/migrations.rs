//! `todo migrate`

use crate::support::{Database, Platform, Process, eventually, required, run_to_end, with_database};

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
    for to in ["2", "0", "2"] {
        let output = run_to_end(&["migrate", "--to", to], &variables(&database.url));
        assert!(output.status.success(), "{output:?}");
    }
    run_to_end(&["migrate", "--to", "0"], &variables(&database.url));
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                AND relkind IN ('r', 'S', 'v') AND relname <> 'schema_version'";
    assert_eq!(database.number(left).await, 0);
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
    crate::support::Client::sign_up(&api).await.create("milk").await;
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
