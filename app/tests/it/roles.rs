//! The command line, the settings and the end of the roles.

use std::time::Duration;

use crate::support::{Client, Platform, Process, run_to_end};

#[test]
fn help_documents_the_environment_of_each_role() {
    for (arguments, variable) in [
        (["api", "--help"], contract::env::AUTH_SIGNING_SECRET),
        (["consume", "--help"], contract::env::KAFKA_BOOTSTRAP_SERVERS),
        (["migrate", "--help"], contract::env::MIGRATION_DATABASE_URL),
    ] {
        let output = run_to_end(&arguments, &[]);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains(variable), "{arguments:?}");
    }
}

#[test]
fn a_bad_setting_ends_the_start_with_the_name_of_its_variable() {
    let platform: [(&'static str, String); 2] = [
        (contract::env::DATABASE_URL, "postgres://todo:s3cret@db/todo".to_owned()),
        (contract::env::AUTH_SIGNING_SECRET, "too short".to_owned()),
    ];
    let output = run_to_end(&["api"], &platform);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        log.trim(),
        "failed to read the settings: AUTH_SIGNING_SECRET must have at least 32 bytes, has 9"
    );
    let output = run_to_end(&["consume", "nothing"], &platform);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("known consumers: audit"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn sigterm_finishes_the_request_at_work() {
    let platform = Platform::without_topics().await;
    let mut api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = client.create("milk").await["id"].as_str().expect("an id").to_owned();
    // A lock keeps the request at work until the signal has come.
    let mut lock = platform.database.pool.begin().await.expect("a transaction");
    sqlx::query("SELECT * FROM tasks FOR UPDATE").fetch_all(&mut *lock).await.expect("locked");
    let request = tokio::spawn(async move { client.complete(&id).await.status() });
    crate::support::eventually("the waiting request", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                       AND datname = current_database()";
        (platform.database.number(waiting).await > 0).then_some(())
    })
    .await;
    api.terminate();
    crate::support::eventually("the signal", async || api.log().contains("stopping").then_some(())).await;
    tokio::time::timeout(Duration::from_secs(5), lock.rollback()).await.expect("in time").expect("unlocked");
    assert_eq!(request.await.expect("answered"), 200);
    assert!(api.ended().await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_idle_api_lets_a_database_that_scales_to_zero_sleep() {
    let platform = Platform::new().await;
    let mut variables = platform.variables(&crate::support::required("TEST_KAFKA_BOOTSTRAP"));
    variables.push((contract::env::DATABASE_SCALE_TO_ZERO, "true".to_owned()));
    let api = Process::start(&["api"], &variables);
    api.until_ready().await;
    Client::sign_up(&api).await.create("milk").await;
    crate::support::eventually("an empty outbox", async || {
        (platform.database.number("SELECT count(*) FROM outbox").await == 0).then_some(())
    })
    .await;
    let last_query = "SELECT (extract(epoch FROM max(state_change)) * 1000000)::bigint FROM pg_stat_activity \
                      WHERE application_name = 'todo' AND datname = current_database()";
    let before = platform.database.number(last_query).await;
    // Nothing to await: three periods of the usual backstop must pass without a query.
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        api.metrics().await;
        api.until_ready().await;
    }
    assert_eq!(platform.database.number(last_query).await, before);
}
