//! The API under more clients than it has connections.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Client, DEADLINE, Platform};

/// W14, W15: the system that this replaces served one request at a time and hung at 32 clients for good.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w14_w15_more_clients_than_connections_are_all_answered_and_nothing_hangs_afterwards() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let rounds = join_all((0..128).map(|number| {
        let client = client.clone();
        async move {
            let made = client.make(json!({"title": format!("{number}"), "tags": ["a", "b"]})).await;
            let id = made["id"].as_str().expect("an id").to_owned();
            let page = client.read("/v1/tasks?limit=100").await;
            assert!(page["items"].as_array().is_some_and(|items| !items.is_empty()));
            client.complete(&id).await.status().as_u16()
        }
    }));
    let started = Instant::now();
    let statuses = tokio::time::timeout(DEADLINE, rounds).await.expect("answered");
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?} after {:?}", started.elapsed());
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 256);
    assert_eq!(client.get("/v1/tasks").await.status(), 200);
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name <> 'test' AND backend_type = 'client backend'";
    // At most 4 per core for requests, those of the relay, and the test's own.
    assert!(platform.database.number(connections).await <= 32 + 8);
}

/// A lock that is not granted in time, and clients that hang up while they wait for it, leave no trace in the pool:
/// neither an aborted transaction nor the fence of their user.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn requests_that_wait_in_vain_or_hang_up_leave_the_connections_clean() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let id = ann.create("held").await["id"].as_str().expect("an id").to_owned();
    let of_bob = bob.create("free").await["id"].as_str().expect("an id").to_owned();
    let mut holder = platform.database.pool.begin().await.expect("a transaction");
    sqlx::query("SELECT FROM tasks FOR UPDATE").execute(&mut *holder).await.expect("held");
    let path = format!("/v1/tasks/{id}");
    let patch = || ann.send(Method::PATCH, &path, Some(json!({"priority": "P1"})));
    // More than there are connections, half of which hang up.
    let impatient = join_all((0..40).map(|_| tokio::time::timeout(Duration::from_millis(300), patch())));
    let (impatient, patient) = tokio::join!(impatient, join_all((0..4).map(|_| patch())));
    assert!(impatient.iter().all(Result::is_err));
    // 409 for a lock that was not granted, 503 where no connection became free.
    assert!(patient.iter().all(|response| [409, 503].contains(&response.status().as_u16())));
    holder.rollback().await.expect("released");
    for _ in 0..40 {
        assert_eq!(bob.get(&format!("/v1/tasks/{of_bob}")).await.status(), 200);
        assert_eq!(ann.get(&format!("/v1/tasks/{id}")).await.status(), 200);
        assert_eq!(patch().await.status(), 200);
    }
}
