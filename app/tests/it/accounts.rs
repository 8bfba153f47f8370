//! Sign-up, sign-in and tokens.

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Platform, Process, SECRET};

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
    let tokens = service::http::Tokens::new(SECRET);
    let day_ago = jiff::Timestamp::now().as_second() - 86_401;
    let (head, _) = good.rsplit_once('.').expect("three parts");
    let refused = [
        String::new(),
        "nonsense".to_owned(),
        format!("{head}."),
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').expect("two parts").1),
        service::http::Tokens::new("another key of the same length !").issue(user, jiff::Timestamp::now()),
        tokens.issue(user, jiff::Timestamp::from_second(day_ago).expect("in range")),
    ];
    for token in refused {
        client.token.clone_from(&token);
        let response = client.get("/v1/tasks").await;
        assert_eq!(response.status(), 401, "{token:?}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
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
