//! The OpenAPI document tells the truth.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Client, Platform, run_to_end};

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn every_documented_operation_is_served() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let document = client.read("/openapi.json").await;
    let mut served = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let response = client.send(method.clone(), &path.replace("{id}", "x"), None).await;
            assert_ne!(response.status(), 405, "{method} {path}");
            let found = response.status() != 404 || path.contains("{id}");
            assert!(found, "{method} {path}");
            served += 1;
        }
    }
    assert_eq!(served, 21);
}

#[test]
fn the_printed_document_is_openapi_3_1() {
    let output = run_to_end(&["openapi"], &[]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("json");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn the_document_is_kept_by_clients_until_it_changes() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let first = client.get("/openapi.json").await;
    assert_eq!(first.headers()["cache-control"], "public, no-cache");
    let tag = first.headers()["etag"].to_str().expect("text").to_owned();
    let printed: Value = serde_json::from_slice(&run_to_end(&["openapi"], &[]).stdout).expect("json");
    assert_eq!(first.json::<Value>().await.expect("json"), printed);
    let again = client.send_with(Method::GET, "/openapi.json", &[("if-none-match", &tag)], None).await;
    assert_eq!(again.status(), 304);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn the_page_of_the_document_needs_nothing_from_elsewhere() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let page = client.get("/docs").await;
    assert_eq!(page.url().path(), "/docs/");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert_eq!(page.headers()["content-encoding"], "gzip");
    assert!(page.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
    for file in ["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css", "index.css"] {
        assert_eq!(client.get(&format!("/docs/{file}")).await.status(), 200, "{file}");
    }
    let start = client.get("/docs/swagger-initializer.js").await.text().await.expect("text");
    assert!(start.contains("/openapi.json") && !start.contains("http"), "{start}");
    let absent = client.get("/docs/nothing").await;
    assert_eq!(absent.status(), 404);
    assert_eq!(absent.json::<Value>().await.expect("json")["code"], "not_found");
}
