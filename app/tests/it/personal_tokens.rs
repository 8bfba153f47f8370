//! Personal API tokens: life cycle and scopes.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Client, Platform, Process, with_user};

const SCOPES: [&str; 3] = ["tasks:read", "tasks:write", "audit:read"];

async fn make(client: &Client, body: Value) -> (u16, Value) {
    let response = client.send(Method::POST, "/v1/auth/tokens", Some(body)).await;
    (response.status().as_u16(), response.json().await.expect("json"))
}

/// A new token of these scopes, as a client.
async fn personal(api: &Process, owner: &Client, scopes: &[&str]) -> Client {
    let (status, made) = make(owner, json!({"name": "ci", "scopes": scopes})).await;
    assert_eq!(status, 201, "{made}");
    Client::with_token(api, made["token"].as_str().expect("a token"))
}

fn challenge(response: &Response) -> String {
    response.headers()["www-authenticate"].to_str().expect("text").to_owned()
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_personal_token_is_shown_once_stored_as_its_hash_and_ends_when_it_is_deleted() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let owner = Client::sign_up(&api).await;
    let body = json!({"name": " nightly ", "scopes": ["tasks:write", "tasks:read"], "expires_in_days": 7});
    let response = owner.send(Method::POST, "/v1/auth/tokens", Some(body)).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["cache-control"]),
        (201, &"no-store".parse().expect("a value"))
    );
    let made: Value = response.json().await.expect("json");
    let token = made["token"].as_str().expect("a token");
    assert!(token.starts_with("todo_pat_") && token.len() == 52, "{token}");
    assert_eq!((&made["name"], &made["last_used_at"]), (&json!("nightly"), &Value::Null));
    assert_eq!(made["scopes"], json!(["tasks:read", "tasks:write"]));
    let days = "SELECT extract(epoch FROM expires_at - created_at)::bigint / 86400 FROM personal_tokens";
    assert_eq!(platform.database.number(days).await, 7);
    let hashed = sqlx::query_scalar("SELECT count(*) FROM personal_tokens WHERE hash = sha256($1)");
    let hashed: i64 =
        hashed.bind(token.as_bytes()).fetch_one(&platform.database.pool).await.expect("a count");
    assert_eq!(hashed, 1);

    let client = Client::with_token(&api, token);
    client.create("by a script").await;
    assert_eq!(client.read("/v1/auth/me").await["id"], json!(owner.user_id));
    let listed = owner.read("/v1/auth/tokens").await["items"][0].clone();
    assert_eq!((&listed["id"], &listed["token"]), (&made["id"], &Value::Null));
    let used = listed["last_used_at"].as_str().expect("it was used");
    assert!(used.ends_with(":00Z"), "{used} is no minute");

    let path = format!("/v1/auth/tokens/{}", made["id"].as_str().expect("an id"));
    let stranger = Client::sign_up(&api).await;
    assert_eq!(stranger.send(Method::DELETE, &path, None).await.status(), 404);
    assert_eq!(owner.send(Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(owner.send(Method::DELETE, &path, None).await.status(), 404);
    let refused = client.get("/v1/tasks").await;
    assert_eq!(
        (refused.status().as_u16(), challenge(&refused)),
        (401, "Bearer error=\"invalid_token\"".to_owned())
    );
    assert_eq!(owner.read("/v1/auth/tokens").await["items"], json!([]));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_expired_personal_token_is_refused_and_forgotten_with_the_next_one() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let owner = Client::sign_up(&api).await;
    let client = personal(&api, &owner, &SCOPES).await;
    platform.database.execute("UPDATE personal_tokens SET expires_at = now()").await;
    assert_eq!(client.get("/v1/tasks").await.status(), 401);
    assert_eq!(owner.read("/v1/auth/tokens").await["items"].as_array().map(Vec::len), Some(1));
    personal(&api, &owner, &SCOPES).await;
    assert_eq!(owner.read("/v1/auth/tokens").await["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_user_has_at_most_50_personal_tokens_however_many_requests_come_at_once() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let owner = Client::sign_up(&api).await;
    for _ in 0..48 {
        personal(&api, &owner, &["tasks:read"]).await;
    }
    let body = || json!({"name": "one too many", "scopes": ["tasks:read"]});
    let (a, b, c, d) =
        tokio::join!(make(&owner, body()), make(&owner, body()), make(&owner, body()), make(&owner, body()));
    let mut answers = [a, b, c, d].map(|(status, answer)| (status, answer["code"].clone()));
    answers.sort_by_key(|(status, _)| *status);
    let (made, full) = ((201, Value::Null), (409, json!("too_many_tokens")));
    assert_eq!(answers, [made.clone(), made, full.clone(), full]);
    assert_eq!(platform.database.number("SELECT count(*) FROM personal_tokens").await, 50);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn each_fault_of_a_personal_token_is_named_after_its_field() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let owner = Client::sign_up(&api).await;
    for (body, field) in [
        (json!({"scopes": ["tasks:read"]}), "name"),
        (json!({"name": " ", "scopes": ["tasks:read"]}), "name"),
        (json!({"name": "x".repeat(101), "scopes": ["tasks:read"]}), "name"),
        (json!({"name": "a\u{0}", "scopes": ["tasks:read"]}), "name"),
        (json!({"name": "ci"}), "scopes"),
        (json!({"name": "ci", "scopes": []}), "scopes"),
        (json!({"name": "ci", "scopes": "tasks:read"}), "scopes"),
        (json!({"name": "ci", "scopes": [1]}), "scopes"),
        (json!({"name": "ci", "scopes": ["admin"]}), "scopes"),
        (json!({"name": "ci", "scopes": ["tasks:read", "tasks:read"]}), "scopes"),
        (json!({"name": "ci", "scopes": ["tasks:read"], "expires_in_days": 0}), "expires_in_days"),
        (json!({"name": "ci", "scopes": ["tasks:read"], "expires_in_days": 366}), "expires_in_days"),
        (json!({"name": "ci", "scopes": ["tasks:read"], "expires_in_days": 1.5}), "expires_in_days"),
        (json!({"name": "ci", "scopes": ["tasks:read"], "expires_in_days": "7"}), "expires_in_days"),
        (json!({"name": "ci", "scopes": ["tasks:read"], "days": 7}), "days"),
    ] {
        let (status, problem) = make(&owner, body.clone()).await;
        assert_eq!((status, &problem["field"]), (400, &json!(field)), "{body}");
    }
    assert_eq!(owner.send(Method::DELETE, "/v1/auth/tokens/no-uuid", None).await.status(), 404);
    assert_eq!(platform.database.number("SELECT count(*) FROM personal_tokens").await, 0);
}

/// What the document says of an operation: `None` if it is open to everybody, else the scopes that a personal token
/// needs, or that it may do without any, or not at all.
fn documented(document: &Value, operation: &Value) -> Option<Result<BTreeSet<String>, ()>> {
    let security = operation.get("security").unwrap_or(&document["security"]);
    let security = security.as_array().expect("an array");
    if security.iter().all(|entry| entry.as_object().is_some_and(serde_json::Map::is_empty)) {
        return None;
    }
    let personal = security.iter().find_map(|entry| entry.get("personal_token"));
    Some(personal.map(|scopes| serde_json::from_value(scopes.clone()).expect("names")).ok_or(()))
}

async fn refused(client: &Client, method: &Method, path: &str, scope: Option<&str>) {
    let response = client.send(method.clone(), path, None).await;
    let scope = scope.map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
    assert_eq!(response.status(), 403, "{method} {path}");
    assert_eq!(
        challenge(&response),
        format!("Bearer error=\"insufficient_scope\"{scope}"),
        "{method} {path}"
    );
    let problem: Value = response.json().await.expect("json");
    assert_eq!(problem["code"], json!("insufficient_scope"));
}

/// Every documented operation: with all scopes but its own it is refused, with its own alone it is not.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn every_operation_needs_the_scope_that_is_documented() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let owner = Client::sign_up(&api).await;
    let document = owner.read("/openapi.json").await;
    let all = personal(&api, &owner, &SCOPES).await;
    let (mut scoped, mut closed) = (0, 0);
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let url = path.replace("{id}", "01999999-0000-7000-8000-000000000000");
        for (method, operation) in operations.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let anonymous = Client::with_token(&api, "").send(method.clone(), &url, None).await;
            let documented = documented(&document, operation);
            assert_eq!(anonymous.status() == 401, documented.is_some(), "{method} {path} without a token");
            match documented {
                None => {}
                Some(Err(())) => {
                    refused(&all, &method, &url, None).await;
                    closed += 1;
                }
                Some(Ok(needed)) => {
                    scoped += usize::from(!needed.is_empty());
                    opens(&api, &owner, &needed, (&method, &url)).await;
                }
            }
        }
    }
    assert!(scoped >= 5, "{scoped} operations with a scope");
    assert_eq!(closed, 4, "operations that are closed to personal tokens");
}

async fn opens(api: &Process, owner: &Client, needed: &BTreeSet<String>, (method, url): (&Method, &str)) {
    for scope in needed {
        let others: Vec<&str> = SCOPES.into_iter().filter(|other| other != scope).collect();
        assert_eq!(others.len(), 2, "{method} {url}: unknown scope {scope}");
        refused(&personal(api, owner, &others).await, method, url, Some(scope)).await;
    }
    let own: Vec<&str> = needed.iter().map(String::as_str).collect();
    let own = if own.is_empty() { vec!["audit:read"] } else { own };
    let status = personal(api, owner, &own).await.send(method.clone(), url, None).await.status();
    assert!(![401, 403, 405].contains(&status.as_u16()), "{method} {url}: {status}");
    // Room for the tokens of the next operation.
    for token in owner.read("/v1/auth/tokens").await["items"].as_array().expect("items") {
        if token["scopes"].as_array().is_some_and(|scopes| scopes.len() < SCOPES.len()) {
            let path = format!("/v1/auth/tokens/{}", token["id"].as_str().expect("an id"));
            assert_eq!(owner.send(Method::DELETE, &path, None).await.status(), 204);
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn row_level_security_hides_tokens_and_identities_of_others() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    personal(&api, &ann, &SCOPES).await;
    let identity = format!("INSERT INTO identities VALUES ('i', 's', '{}', now())", ann.user_id);
    platform.database.execute(identity).await;
    for (user, seen) in [(ann.user_id, 1), (bob.user_id, 0)] {
        let mut tx = platform.database.pool.begin().await.expect("a transaction");
        for statement in with_user(user) {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.expect("fenced");
        }
        for sql in ["SELECT count(*) FROM personal_tokens", "SELECT count(*) FROM identities"] {
            let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *tx).await.expect("a count");
            assert_eq!(count, seen, "{sql}");
        }
        let deleted = sqlx::query("DELETE FROM users").execute(&mut *tx).await.expect("its own row");
        assert_eq!(deleted.rows_affected(), 1, "a deletion without condition must hit the own account alone");
    }
}
