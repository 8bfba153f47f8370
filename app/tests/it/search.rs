//! Search: words, beginnings of words, and rank.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Platform, Process};

async fn started() -> (Platform, Process, Client) {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    (platform, api, client)
}

async fn create(client: &Client, title: &str, description: &str) {
    let body = json!({"title": title, "description": description});
    assert_eq!(client.send(Method::POST, "/v1/tasks", Some(body)).await.status(), 201);
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Titles found, in order.
async fn find(client: &Client, search: &str) -> Vec<String> {
    let page = client.read(&format!("/v1/tasks?limit=100&search={}", encoded(search))).await;
    let items = page["items"].as_array().expect("items").iter();
    items.map(|task| task["title"].as_str().expect("a title").to_owned()).collect()
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn every_word_must_begin_a_word_of_title_or_description_in_any_case() {
    let (_platform, _api, client) = started().await;
    create(&client, "Buy Milk", "two litres").await;
    create(&client, "Call Überland-Werke", "about the meter").await;
    create(&client, "Write user@example.com", "see https://example.com/a/b?c=d").await;
    for (search, found) in [
        ("milk", vec!["Buy Milk"]),
        ("MIL", vec!["Buy Milk"]),
        ("ilk", vec![]),
        ("mi bu", vec!["Buy Milk"]),
        ("mi tw", vec!["Buy Milk"]),
        ("mi meter", vec![]),
        ("überl", vec!["Call Überland-Werke"]),
        ("überland-we", vec!["Call Überland-Werke"]),
        ("werke", vec!["Call Überland-Werke"]),
        ("user@example.com", vec!["Write user@example.com"]),
        ("example.com/a", vec!["Write user@example.com"]),
        ("milk & - two", vec!["Buy Milk"]),
    ] {
        assert_eq!(find(&client, search).await, found, "{search}");
    }
    assert_eq!(find(&client, "  ").await.len(), 3);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w10_no_search_is_a_syntax_error() {
    let (_platform, _api, client) = started().await;
    create(&client, "Buy Milk", "").await;
    for search in [
        "'",
        "''",
        "\"",
        ":*",
        "milk:*",
        "milk:A",
        "milk & ",
        "& milk",
        "!milk",
        "milk | call",
        "(milk",
        "milk)",
        "<->",
        "milk <-> buy",
        "\\",
        "milk\\",
        "\\'",
        "'milk' &",
        "%",
        "_",
        "*",
        "--",
        "/*",
        "$1",
        "🥛",
        "🥛milk",
        "!",
        "\u{ffff}",
        "a'b:*c&d|e!f(g)h\\i",
        "ﷺ",
        "-",
        "1.2.3",
        "milk\u{0301}",
    ] {
        let query = format!("/v1/tasks?include_total=true&search={}", encoded(search));
        let page = client.read(&query).await;
        let listed = page["items"].as_array().expect("items").len();
        assert_eq!(page["total"], json!(listed), "{search}");
        if !search.contains(char::is_alphanumeric) {
            assert_eq!(listed, 0, "{search}");
        }
    }
    assert_eq!(find(&client, "'mi").await, ["Buy Milk"]);
    assert_eq!(find(&client, &"x".repeat(200)).await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_word_in_the_title_ranks_before_one_in_the_description() {
    let (_platform, _api, client) = started().await;
    create(&client, "report", "").await;
    create(&client, "first", "report").await;
    create(&client, "report on reports", "report").await;
    create(&client, "second", "report").await;
    let ranked = ["report on reports", "report", "second", "first"];
    assert_eq!(find(&client, "report").await, ranked);
    let mut walked = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.read(&format!("/v1/tasks?search=report&limit=1{cursor}")).await;
        walked.push(page["items"][0]["title"].as_str().expect("a title").to_owned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, ranked);
    let turned = client.read("/v1/tasks?search=report&sort=relevance&order=asc").await;
    let turned = turned["items"].as_array().expect("items").iter().rev();
    assert_eq!(turned.map(|task| &task["title"]).collect::<Vec<_>>(), ranked);
    let oldest = client.read("/v1/tasks?search=report&sort=created&order=asc&limit=1").await;
    assert_eq!(oldest["items"][0]["title"], json!("report"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_search_finds_only_tasks_of_its_user_and_pages_to_the_end() {
    let (platform, api, client) = started().await;
    let other = Client::sign_up(&api).await;
    create(&other, "milk of another", "").await;
    // More matches than are ranked.
    platform
        .database
        .execute(format!(
            "INSERT INTO tasks (id, user_id, title, priority, version, created_at, updated_at) SELECT gen_random_uuid(), \
             '{}', 'milk ' || n, 'P3', 1, now() - n * interval '1 minute', now() FROM generate_series(1, 1100) n",
            client.user_id
        ))
        .await;
    let (mut ids, mut cursor) = (std::collections::BTreeSet::new(), String::new());
    let mut listed = 0;
    loop {
        let page = client.read(&format!("/v1/tasks?search=milk&limit=100&include_total=true{cursor}")).await;
        assert_eq!(page["total"], json!(1100));
        let items: &Vec<Value> = page["items"].as_array().expect("items");
        listed += items.len();
        ids.extend(items.iter().map(|task| task["id"].to_string()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((listed, ids.len()), (1000, 1000));
    assert_eq!(super::listing::walk(&client, "search=milk&sort=title", 100).await.len(), 1100);
}

/// A lexeme with the mark of its user has a limit: what is longer is found by its beginning.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_word_of_any_length_is_stored_and_found_by_its_beginning() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (letter, length) in [("𝒳", 1000), ("𝒴", 510), ("ü", 1000), ("ɐ", 700)] {
        let body = json!({"title": letter.repeat(255), "description": letter.repeat(length)});
        assert_eq!(client.send(Method::POST, "/v1/tasks", Some(body)).await.status(), 201, "{letter}");
        let path = format!("/v1/tasks?include_total=true&search={}", encoded(&letter.repeat(20)));
        assert_eq!(client.read(&path).await["total"], json!(1), "{letter}");
    }
}
