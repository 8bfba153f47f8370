//! Behind a transaction pooler that has fewer connections than its clients: every transaction runs on whatever
//! connection is free, after whatever the last one left there.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row};

use crate::support::{Client, Platform, Pooler, Process, eventually, required};

/// Connections that the pooler has to the database.
const SERVERS: u32 = 2;
const ROUNDS: usize = 12;
const CLIENTS: usize = 6;

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn users_stay_apart_behind_a_transaction_pooler_with_two_connections() {
    let platform = Platform::new().await;
    let pooler = Pooler::start(&platform.database.url, SERVERS).await;
    let mut variables = platform.variables(&required("TEST_KAFKA_BOOTSTRAP"));
    variables[0].1.clone_from(&pooler.url);
    let api = Process::start(&["api"], &variables);
    api.until_ready().await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let secret = ann.create("ann: first").await["id"].as_str().expect("an id").to_owned();
    let others = bob.create("bob: first").await["id"].as_str().expect("an id").to_owned();
    let users = [(&ann, "ann", &others), (&bob, "bob", &secret)];
    let work = (0..CLIENTS)
        .flat_map(|number| users.map(|(user, name, foreign)| rounds(user, name, foreign, number)));
    let ((), servers) =
        tokio::join!(async { drop(join_all(work).await) }, nothing_is_left_behind(&pooler.url));
    assert!(servers.len() <= SERVERS as usize, "{servers:?}");
    let made = i64::try_from(2 + 2 * CLIENTS * ROUNDS).expect("few");
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, made);
    let own = "SELECT count(*) FROM tasks JOIN users ON users.id = tasks.user_id GROUP BY users.id LIMIT 1";
    assert_eq!(platform.database.number(own).await, made / 2);
    // The relay holds its locks within transactions, so it publishes through the pooler as well.
    eventually("an empty outbox", async || {
        (platform.database.number("SELECT count(*) FROM outbox").await == 0).then_some(())
    })
    .await;
}

/// Everything that a user does, with the id of another user's task among it.
async fn rounds(user: &Client, name: &str, foreign: &str, number: usize) {
    for round in 0..ROUNDS {
        let task = user.make(json!({"title": format!("{name}: {number}.{round}"), "tags": [name]})).await;
        let id = task["id"].as_str().expect("an id");
        is_own(user, name, &user.read("/v1/tasks?limit=100").await);
        assert_eq!(user.read(&format!("/v1/tasks/{id}")).await["tags"], json!([name]));
        user.patch(id, json!({"description": name})).await;
        assert_eq!(user.complete(id).await.status(), 200);
        assert_eq!(user.act(id, "reopen").await.status(), 200);
        assert_eq!(user.get(&format!("/v1/tasks/{foreign}")).await.status(), 404);
        assert_eq!(user.complete(foreign).await.status(), 404);
        assert_eq!(user.read("/v1/auth/me").await["id"], json!(user.user_id));
        assert_eq!(user.get("/v1/audit").await.status(), 200);
    }
}

fn is_own(user: &Client, name: &str, page: &Value) {
    let items = page["items"].as_array().expect("items");
    let own = format!("{name}: ");
    assert!(!items.is_empty());
    for task in items {
        assert!(
            task["title"].as_str().is_some_and(|title| title.starts_with(&own)),
            "{} saw {task}",
            user.user_id
        );
    }
}

/// Looks, between the transactions of the API, at the role and the user that a connection has. Returns the processes of
/// the server that answered.
async fn nothing_is_left_behind(url: &str) -> BTreeSet<i32> {
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a URL");
    let pool: PgPool =
        PgPoolOptions::new().max_connections(4).connect_lazy_with(options.extra_float_digits(None));
    let look = "SELECT pg_backend_pid() AS process, current_user = session_user AS own_role, \
                coalesce(current_setting('todo.user_id', true), '') AS user_id";
    let mut processes = BTreeSet::new();
    for _ in 0..200 {
        let row = sqlx::query(look).fetch_one(&pool).await.expect("a row");
        assert!(row.get::<bool, _>("own_role"), "a role is left behind");
        assert_eq!(row.get::<String, _>("user_id"), "", "a user is left behind");
        processes.insert(row.get("process"));
    }
    processes
}
