//! Rate limits, caches and browsers: what the edge of the API says in headers.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, Platform, Process};

async fn api_with(platform: &Platform, settings: &[(&'static str, &str)]) -> Process {
    let mut variables = platform.variables("127.0.0.1:1");
    variables.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let api = Process::start(&["api"], &variables);
    api.until_ready().await;
    api
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn is_rate_limited(response: Response) {
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = header(response.headers(), "retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(header(response.headers(), "content-type"), "application/problem+json");
    let problem: Value = response.json().await.expect("json");
    assert_eq!(problem["code"], json!("rate_limited"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_user_who_sends_too_much_is_told_when_to_go_on_and_hinders_nobody() {
    let platform = Platform::without_topics().await;
    let api = api_with(&platform, &[(contract::env::RATE_LIMIT_PER_MINUTE, "5")]).await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    for left in (0..5).rev() {
        let response = ann.get("/v1/tasks").await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(response.headers(), "ratelimit-policy"), "\"user\";q=5;w=60");
        let standing = header(response.headers(), "ratelimit").to_owned();
        assert!(standing.starts_with(&format!("\"user\";r={left};t=")), "{standing}");
    }
    // Refusals are told the standing as well, and nothing was done.
    let refused = ann.send(Method::POST, "/v1/tasks", Some(json!({"title": "one too many"}))).await;
    assert_eq!(header(refused.headers(), "ratelimit"), "\"user\";r=0;t=60");
    is_rate_limited(refused).await;
    assert_eq!(platform.database.number("SELECT count(*) FROM tasks").await, 0);
    assert_eq!(bob.get("/v1/tasks").await.status(), 200);
    // Whoever has no valid token takes from no bucket and learns of none.
    let mut stranger = bob.clone();
    "nonsense".clone_into(&mut stranger.token);
    let response = stranger.get("/v1/tasks").await;
    assert_eq!((response.status(), header(response.headers(), "ratelimit")), (StatusCode::UNAUTHORIZED, ""));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn sign_in_is_limited_by_the_address_of_the_peer_and_not_by_what_a_header_says() {
    let platform = Platform::without_topics().await;
    let api = api_with(&platform, &[(contract::env::SIGN_IN_LIMIT_PER_MINUTE, "3")]).await;
    let client = Client::sign_up(&api).await;
    let attempt = async |forwarded: &str| {
        let body = json!({"email": "nobody@example.com", "password": "a guess or two"});
        let request = reqwest::Client::new().post(format!("{}/v1/auth/sign-in", api.base)).json(&body);
        request.header("x-forwarded-for", forwarded).send().await.expect("an answer")
    };
    assert_eq!(attempt("192.0.2.1").await.status(), 401);
    let second = attempt("192.0.2.2").await;
    assert_eq!(header(second.headers(), "ratelimit-policy"), "\"sign-in\";q=3;w=60");
    assert_eq!(second.status(), 401);
    is_rate_limited(attempt("192.0.2.3").await).await;
    // Those who are signed in notice nothing.
    let response = client.get("/v1/tasks").await;
    assert_eq!((response.status(), header(response.headers(), "ratelimit")), (StatusCode::OK, ""));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn what_the_client_has_is_not_sent_again() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let path = format!("/v1/tasks/{}", client.create("milk").await["id"].as_str().expect("an id"));
    let first = client.get(&path).await;
    assert_eq!(header(first.headers(), "cache-control"), "private, no-cache");
    assert_eq!(header(first.headers(), "x-content-type-options"), "nosniff");
    for known in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
        let response = client.send_with(Method::GET, &path, &[("if-none-match", known)], None).await;
        assert_eq!(response.status(), 304, "{known}");
        assert_eq!(header(response.headers(), "etag"), "\"1\"");
        assert!(response.headers().get(CONTENT_TYPE).is_none());
        assert_eq!(response.bytes().await.expect("a body").len(), 0);
    }
    client.patch(path.trim_start_matches("/v1/tasks/"), json!({"title": "bread"})).await;
    let changed = client.send_with(Method::GET, &path, &[("if-none-match", "\"1\"")], None).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(header(client.get("/v1/tasks").await.headers(), "cache-control"), "no-store");
    let refused = client.get("/v1/tasks?limit=0").await;
    assert_eq!(header(refused.headers(), "cache-control"), "no-store");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn head_options_and_slashes_do_what_http_says() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let head = client.send(Method::HEAD, "/v1/tasks", None).await;
    assert_eq!((head.status(), header(head.headers(), "content-length")), (StatusCode::OK, "31"));
    let options = client.send(Method::OPTIONS, "/v1/tasks", None).await;
    assert_eq!(options.status(), 204);
    let mut allowed: Vec<&str> = header(options.headers(), "allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let refused = client.send(Method::PUT, "/v1/tasks", None).await;
    assert_eq!(refused.status(), 405);
    assert!(header(refused.headers(), "allow").contains("POST"));
    // A slash at the end names another resource, which does not exist.
    for path in ["/v1/tasks/", "/v1/auth/me/", "/openapi.json/", "//v1/tasks"] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w13_pages_of_other_origins_are_allowed_by_name_and_never_with_credentials() {
    let platform = Platform::without_topics().await;
    let closed = platform.api_at("127.0.0.1:1").await;
    let origin = "https://todo.example.com";
    let open = api_with(&platform, &[(contract::env::CORS_ALLOWED_ORIGINS, origin)]).await;
    let ask = async |api: &Process, origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        let client = Client::sign_up(api).await;
        client.send_with(Method::OPTIONS, "/v1/tasks", &headers, None).await
    };
    let answer = ask(&open, origin).await;
    assert_eq!(header(answer.headers(), "access-control-allow-origin"), origin);
    assert_eq!(header(answer.headers(), "access-control-allow-credentials"), "");
    for (api, asked) in [(&open, "https://evil.example.com"), (&open, "null"), (&closed, origin)] {
        let answer = ask(api, asked).await;
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "", "{asked}");
    }
}
