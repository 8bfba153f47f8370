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
