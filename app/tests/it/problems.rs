//! Every refusal: status, code and field.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Client, Platform, Process};

const JSON: &str = "application/json";

type Case = (&'static str, &'static str, &'static str, String, u16, &'static str, Option<&'static str>);

fn get(path: &'static str, field: &'static str) -> Case {
    ("GET", path, JSON, String::new(), 400, "invalid_input", Some(field))
}

fn post(path: &'static str, body: &Value, field: &'static str) -> Case {
    let code = match (&body["priority"], &body["tags"]) {
        (Value::String(_), _) => "invalid_priority",
        (_, Value::Array(_)) => "too_many_tags",
        _ => "invalid_input",
    };
    ("POST", path, JSON, body.to_string(), 400, code, Some(field))
}

/// W10: nothing is stored unchecked, and no input makes a 500.
fn fields() -> Vec<Case> {
    let task = |body: Value, field| post("/v1/tasks", &body, field);
    let sign_up = |body: Value, field| post("/v1/auth/sign-up", &body, field);
    vec![
        task(json!({}), "title"),
        task(json!({"title": ""}), "title"),
        task(json!({"title": null}), "title"),
        task(json!({"title": 5}), "title"),
        task(json!({"title": "x".repeat(256)}), "title"),
        task(json!({"title": "a\u{0}b"}), "title"),
        task(json!({"title": "a", "description": "x".repeat(1001)}), "description"),
        task(json!({"title": "a", "description": "\u{0}"}), "description"),
        task(json!({"title": "a", "priority": "BANANA"}), "priority"),
        task(json!({"title": "a", "priority": 1}), "priority"),
        task(json!({"title": "a", "titel": "b"}), "titel"),
        task(json!({"title": "a", "\u{0}": "b"}), "\u{0}"),
        task(json!({"title": "a", "user_id": "01999999-0000-7000-8000-000000000000"}), "user_id"),
        task(
            json!({"title": "a", "tags": (0..5_000).map(|tag| tag.to_string()).collect::<Vec<_>>()}),
            "tags",
        ),
        sign_up(json!({"email": "a@b.c\u{0}", "password": "12345678"}), "email"),
        sign_up(json!({"email": "a@example.com", "password": "x".repeat(129)}), "password"),
        sign_up(json!({"email": "a@example.com", "password": "12345678", "admin": true}), "admin"),
        post("/v1/auth/sign-in", &json!({"email": "a@example.com", "password": ["a"]}), "password"),
        sign_up(json!({"email": "a@example.com"}), "password"),
        sign_up(json!({"email": "a@example.com", "password": "short"}), "password"),
        sign_up(json!({"email": "example.com", "password": "12345678"}), "email"),
        sign_up(json!({"email": "a@b.c", "password": "12345678", "name": "\u{0}"}), "name"),
        get("/v1/tasks?limit=0", "limit"),
        get("/v1/tasks?limit=101", "limit"),
        get("/v1/tasks?limit=18446744073709551617", "limit"),
        get("/v1/tasks?limit=%00", "limit"),
        get("/v1/tasks?limit=", "limit"),
        get("/v1/tasks?LIMIT=1", "LIMIT"),
        get("/v1/audit?limit=101", "limit"),
        get("/v1/tasks?limit=ten", "limit"),
        get("/v1/tasks?page=2", "page"),
        get("/v1/tasks?limit=1&limit=2", "limit"),
        get("/v1/tasks?cursor=%00", "cursor"),
        get("/v1/audit?cursor=x", "cursor"),
    ]
}

fn messages() -> Vec<Case> {
    let absent = |method, path| (method, path, JSON, String::new(), 404, "not_found", None);
    let body =
        |kind, body: &str, status, code| ("POST", "/v1/tasks", kind, body.to_owned(), status, code, None);
    let large = " ".repeat(1_000_000);
    vec![
        body(JSON, "{", 400, "invalid_json"),
        body(JSON, "[]", 400, "invalid_json"),
        body(JSON, "{\"title\":\"\\ud800\"}", 400, "invalid_json"),
        body("text/plain", "{}", 415, "unsupported_media_type"),
        body("", "{}", 415, "unsupported_media_type"),
        body(JSON, &"[".repeat(60_000), 400, "invalid_json"),
        body(JSON, &"{\"a\":".repeat(10_000), 400, "invalid_json"),
        body(JSON, "{\"title\":\"a\"}{}", 400, "invalid_json"),
        body(JSON, "{\"title\":1e999}", 400, "invalid_json"),
        body("application/x-www-form-urlencoded", "title=a", 415, "unsupported_media_type"),
        ("POST", "/v1/tasks", JSON, large, 413, "payload_too_large", Some("body")),
        ("DELETE", "/v1/tasks", JSON, String::new(), 405, "method_not_allowed", None),
        absent("GET", "/v1/nothing"),
        absent("GET", "/v1/tasks/no-uuid"),
        absent("GET", "/v1/tasks/%ff"),
        absent("GET", "/v1/tasks/01999999-0000-7000-8000-000000000000"),
        absent("POST", "/v1/tasks/01999999-0000-7000-8000-000000000000/complete"),
    ]
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w10_every_bad_request_is_a_problem_with_code_and_field() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (method, path, kind, body, status, code, field) in fields().into_iter().chain(messages()) {
        let shown = format!("{method} {path} {}", body.chars().take(60).collect::<String>());
        let mut request = reqwest::Client::new()
            .request(method.parse::<Method>().expect("a method"), format!("{}{path}", api.base))
            .header(AUTHORIZATION, format!("Bearer {}", client.token))
            .header("x-request-id", "test-1")
            .body(body);
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), status, "{shown}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json", "{shown}");
        assert_eq!(response.headers()["x-request-id"], "test-1", "{shown}");
        let problem: Value = response.json().await.expect("json");
        assert_eq!((&problem["code"], &problem["field"]), (&json!(code), &json!(field)), "{shown}");
        assert_eq!(
            (&problem["status"], &problem["request_id"]),
            (&json!(status), &json!("test-1")),
            "{shown}"
        );
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{shown}");
    }
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w2_every_route_of_a_user_needs_a_token() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let http = reqwest::Client::new();
    let document = http.get(format!("{}/openapi.json", api.base)).send().await.expect("an answer");
    let document: Value = document.json().await.expect("json");
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let open = operation["security"] == json!([{}]);
            assert_eq!(open, path.starts_with("/v1/auth/sign-"), "{method} {path}");
            let method: Method = method.to_uppercase().parse().expect("a method");
            let url = format!("{}{}", api.base, path.replace("{id}", "01999999-0000-7000-8000-000000000000"));
            let status = http.request(method.clone(), url).send().await.expect("an answer").status();
            assert_eq!(status == 401, !open, "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_unreachable_database_is_a_503_that_names_no_secret() {
    let platform = Platform::without_topics().await;
    let mut variables = platform.variables("127.0.0.1:1");
    variables[0].1 = "postgres://todo:s3cret@127.0.0.1:1/todo".to_owned();
    let api = Process::start(&["api"], &variables);
    let response = crate::support::eventually("an answer", async || {
        let url = format!("{}/v1/auth/sign-in", api.base);
        let body = json!({"email": "a@example.com", "password": "12345678"});
        reqwest::Client::new().post(url).json(&body).send().await.ok()
    })
    .await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["retry-after"].to_str().ok()),
        (503, Some("1"))
    );
    let problem: Value = response.json().await.expect("json");
    assert_eq!(problem["code"], json!("unavailable"));
    let ready = reqwest::get(format!("{}/readyz", api.base)).await.expect("an answer");
    assert_eq!(ready.status(), 503);
    let message = "failed to read the schema version of \\\"127.0.0.1:1/todo\\\"";
    crate::support::eventually("the message", async || api.log().contains(message).then_some(())).await;
    assert!(!api.log().contains("s3cret"), "{}", api.log());
}
