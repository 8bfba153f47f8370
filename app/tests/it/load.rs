//! The API under more clients than it has connections.

use std::time::Instant;

use futures::future::join_all;
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
