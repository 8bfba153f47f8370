//! Sign-up, sign-in and tokens.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Platform, Process, SECRET, eventually, produce, receive};

async fn post(api: &Process, path: &str, body: Value) -> (StatusCode, Value) {
    let response = reqwest::Client::new()
        .post(format!("{}{path}", api.base))
        .json(&body)
        .send()
        .await
        .expect("an answer");
    (response.status(), response.json().await.expect("json"))
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_account_signs_in_with_its_password_alone() {
    let platform = Platform::without_topics().await;
    let api = platform.api().await;
    let account = json!({"email": "Ann@Example.com", "password": "correct horse", "name": "Ann"});
    let (status, session) = post(&api, "/v1/auth/sign-up", account.clone()).await;
    assert_eq!((status, &session["user"]["email"]), (StatusCode::CREATED, &json!("ann@example.com")));

    let (status, problem) = post(&api, "/v1/auth/sign-up", account).await;
    assert_eq!(
        (status, &problem["code"], &problem["field"]),
        (StatusCode::CONFLICT, &json!("email_taken"), &json!("email"))
    );

    let right = json!({"email": " ANN@example.com", "password": "correct horse"});
    let (status, session) = post(&api, "/v1/auth/sign-in", right).await;
    assert_eq!((status, &session["expires_in"]), (StatusCode::OK, &json!(86_400)));
    let token = session["access_token"].as_str().expect("a token");
    let me = reqwest::Client::new().get(format!("{}/v1/auth/me", api.base)).bearer_auth(token);
    let me: Value = me.send().await.expect("an answer").json().await.expect("json");
    assert_eq!(me["name"], json!("Ann"));

    for (email, password) in
        [("ann@example.com", "wrong horse"), ("bob@example.com", "correct horse"), ("x", "y")]
    {
        let (status, problem) =
            post(&api, "/v1/auth/sign-in", json!({"email": email, "password": password})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn forged_expired_and_orphaned_tokens_are_refused() {
    let platform = Platform::without_topics().await;
    let api = platform.api().await;
    let mut client = Client::sign_up(&api).await;
    let (user, good) = (client.user_id, client.token.clone());
    let tokens = service::auth::Tokens::new(SECRET);
    let day_ago = jiff::Timestamp::now().as_second() - 86_401;
    let (head, _) = good.rsplit_once('.').expect("three parts");
    let refused = [
        String::new(),
        "nonsense".to_owned(),
        format!("{head}."),
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').expect("two parts").1),
        service::auth::Tokens::new("another key of the same length !").issue(user, jiff::Timestamp::now()),
        tokens.issue(user, jiff::Timestamp::from_second(day_ago).expect("in range")),
    ];
    for token in refused {
        client.token.clone_from(&token);
        let response = client.get("/v1/tasks").await;
        assert_eq!(response.status(), 401, "{token:?}");
        let challenge = if token.is_empty() { "Bearer" } else { "Bearer error=\"invalid_token\"" };
        assert_eq!(response.headers()["www-authenticate"], challenge, "{token:?}");
    }
    client.token = tokens.issue(Uuid::now_v7(), jiff::Timestamp::now());
    assert_eq!(client.get("/v1/auth/me").await.status(), 401);
    let body = Some(json!({"title": "of no one"}));
    assert_eq!(client.send(reqwest::Method::POST, "/v1/tasks", body).await.status(), 401);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn local_accounts_can_be_switched_off() {
    let platform = Platform::without_topics().await;
    let mut variables = platform.variables("127.0.0.1:1");
    variables.push((contract::env::AUTH_LOCAL_ENABLED, "false".to_owned()));
    let api = Process::start(&["api"], &variables);
    api.until_ready().await;
    let account = json!({"email": "ann@example.com", "password": "correct horse"});
    for path in ["/v1/auth/sign-up", "/v1/auth/sign-in"] {
        let (status, problem) = post(&api, path, account.clone()).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("local_accounts_disabled")));
    }
}

/// Tables with rows of other users than this one; what remains of a deleted user is only that the id is gone.
async fn strays(platform: &Platform, user_id: Uuid) -> Vec<String> {
    let pool = &platform.database.pool;
    let tables = "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' \
                  AND column_name = 'user_id' AND table_name <> 'erased_users'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(pool).await.expect("tables");
    assert!(tables.len() >= 5, "{tables:?}");
    let mut strays = Vec::new();
    for (table, column) in tables.iter().map(|table| (table.as_str(), "user_id")).chain([("users", "id")]) {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} <> $1");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(user_id)
            .fetch_one(pool)
            .await
            .expect("a count");
        strays.extend((count > 0).then(|| format!("{count} in {table}")));
    }
    strays
}

/// An entry that a consumer wrote at the very moment of the deletion.
async fn swept_away(platform: &Platform, user_id: Uuid) {
    let entry = format!(
        "INSERT INTO audit_log (user_id, task_id, source, event_id, event_type, data, occurred_at) \
         VALUES ('{user_id}', gen_random_uuid(), 's', 'e', 't', '{{}}', now())"
    );
    platform.database.execute(entry).await;
    service::store::Store::new(platform.database.options()).remove_old().await;
}

async fn erase(client: &Client, body: Option<Value>) -> (u16, Value) {
    let response = client.send(Method::DELETE, "/v1/auth/me", body).await;
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w12_a_deleted_account_takes_everything_with_it() {
    let platform = Platform::new().await;
    let (api, audit) = (platform.api().await, platform.audit().await);
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    // One of everything: tags, reminders, a series with two occurrences, an idempotency key.
    let body = json!({"title": "of ann", "tags": ["home"], "due": {"date": "2026-02-10", "zone": "Europe/Berlin"},
        "recurrence": {"rule": "daily"}, "reminders": [{"minutes_before": 30}]});
    let (post, key) = (Method::POST, uuid::Uuid::now_v7().to_string());
    let request =
        reqwest::Client::new().request(post, format!("{}/v1/tasks", api.base)).bearer_auth(&ann.token);
    let created = request.header("idempotency-key", key).json(&body).send().await.expect("an answer");
    let created: Value = created.json().await.expect("json");
    assert_eq!(ann.complete(created["id"].as_str().expect("an id")).await.status(), 200);
    bob.create("of bob").await;
    let body = json!({"name": "ci", "scopes": ["tasks:read"]});
    let made =
        ann.send(Method::POST, "/v1/auth/tokens", Some(body)).await.json::<Value>().await.expect("json");
    let script = Client::with_token(&api, made["token"].as_str().expect("a token"));
    script.read("/v1/tasks").await;
    let entries = "SELECT count(*) FROM audit_log";
    eventually("audit entries", async || (platform.database.number(entries).await == 4).then_some(())).await;

    let (status, problem) = erase(&ann, Some(json!({"password": "wrong horse"}))).await;
    assert_eq!(
        (status, &problem["code"], &problem["field"]),
        (403, &json!("wrong_password"), &json!("password"))
    );
    let (status, problem) = erase(&ann, Some(json!({}))).await;
    assert_eq!((status, &problem["field"]), (400, &json!("password")));
    assert_eq!(erase(&ann, None).await.0, 415);
    assert_eq!(erase(&ann, Some(json!({"password": "correct horse"}))).await.0, 204);

    for client in [&ann, &script] {
        for path in ["/v1/auth/me", "/v1/tasks", "/v1/audit"] {
            assert_eq!(client.get(path).await.status(), 401, "{path}");
        }
    }
    assert_eq!(strays(&platform, bob.user_id).await, Vec::<String>::new());
    assert_eq!(bob.read("/v1/tasks").await["items"].as_array().map(Vec::len), Some(1));

    // An event that was published before and is delivered after the end writes nothing.
    let (topic, key) = (platform.task_events(), ann.user_id.to_string());
    let records = receive(&topic, |records| records.len() == 4).await;
    let published = records.iter().find(|record| record.key == key.as_bytes()).expect("an event of ann");
    let mut late = published.json();
    late["id"] = json!(Uuid::now_v7());
    produce(&topic, &key, late.to_string().as_bytes()).await;
    eventually("the late event", async || {
        audit.metrics().await.contains("outcome=\"applied\"} 5").then_some(())
    })
    .await;
    assert_eq!(strays(&platform, bob.user_id).await, Vec::<String>::new());
    swept_away(&platform, ann.user_id).await;
    assert_eq!(strays(&platform, bob.user_id).await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_user_without_an_address_survives_the_way_back() {
    let platform = Platform::without_topics().await;
    let insert = "INSERT INTO users (id, created_at) VALUES (gen_random_uuid(), now())";
    platform.database.execute(insert).await;
    for to in [Some(2), None] {
        let migrated = service::store::migrations::migrate(platform.database.options(), to).await;
        migrated.expect("migrated");
        let reachable = "SELECT count(*) FROM users WHERE email NOT LIKE '%@identity.invalid'";
        assert_eq!(platform.database.number(reachable).await, 0);
        assert_eq!(platform.database.number("SELECT count(*) FROM users").await, 1);
    }
}
