//! Listings against an oracle: every filter, sort and page over random tasks.

mod oracle;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Counting, Platform};
use oracle::{Oracle, Random};

/// Walks all pages.
pub(crate) async fn walk(client: &Client, query: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.read(&format!("/v1/tasks?{query}&limit={limit}{cursor}")).await;
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit, "{query}");
        items.extend(found.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        assert_eq!(found.len(), limit, "a page that is not the last is full: {query}");
        cursor = format!("&cursor={next}");
    }
}

fn ids(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| task["id"].as_str().expect("an id")).collect()
}

async fn check(client: &Client, oracle: &Oracle, query: &[(&str, String)], limit: usize) {
    let text: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let text = text.join("&");
    let expected = oracle.list(query);
    assert_eq!(ids(&walk(client, &text, limit).await), ids(&expected), "{text}");
    let first = client.read(&format!("/v1/tasks?{text}&limit=1&include_total=true")).await;
    assert_eq!(first["total"], json!(expected.len()), "{text}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn every_page_of_every_query_is_what_a_plain_filter_and_sort_gives() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    // Another user's tasks must never show.
    let other = Client::sign_up(&api).await;
    let mut random = Random::new(20_261_125);
    let oracle = Oracle::fill(&client, &mut random, 200).await;
    Oracle::fill(&other, &mut random, 20).await;
    for sort in ["created", "updated", "due", "priority", "title"] {
        for order in ["asc", "desc"] {
            let query = [("sort", sort.to_owned()), ("order", order.to_owned())];
            check(&client, &oracle, &query, 7).await;
        }
    }
    for (name, values) in oracle::FILTERS {
        for value in *values {
            let query = [(*name, (*value).to_owned()), ("sort", "created".to_owned())];
            check(&client, &oracle, &query, 50).await;
        }
    }
    for _ in 0..150 {
        let (query, limit) = random.query();
        check(&client, &oracle, &query, limit).await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_cursor_is_good_for_its_own_listing_only() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (ann, bob) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    for title in ["a", "b", "c"] {
        ann.create(title).await;
        bob.create(title).await;
    }
    let page = ann.read("/v1/tasks?limit=1").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    assert_eq!(ann.get(&format!("/v1/tasks?cursor={cursor}&limit=2")).await.status(), 200);
    refused(&bob, &format!("cursor={cursor}")).await;
    for other in
        ["sort=updated", "order=asc", "completed=false", "search=a", "deleted=true", "due_after=2026-01-01"]
    {
        refused(&ann, &format!("{other}&cursor={cursor}")).await;
    }
    let cut = &cursor[..cursor.len() - 4];
    for made_up in ["", "AA", "%00", "AQEBAQEBAQEBAQ", "....", &"A".repeat(4000), cut] {
        refused(&ann, &format!("cursor={made_up}")).await;
    }
}

async fn refused(client: &Client, query: &str) {
    let response = client.get(&format!("/v1/tasks?{query}")).await;
    assert_eq!(response.status(), 400, "{query}");
    let problem: Value = response.json().await.expect("json");
    assert_eq!((&problem["field"], &problem["code"]), (&json!("cursor"), &json!("invalid_input")), "{query}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w10_every_bad_parameter_of_a_listing_is_refused_by_name() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (query, field) in [
        ("completed=maybe", "completed"),
        ("priority=BANANA", "priority"),
        ("tag=%20", "tag"),
        ("due_before=tomorrow", "due_before"),
        ("due_after=2026-02-30", "due_after"),
        ("due_before=2026-01-01&due_after=2026-01-02", "due_before"),
        ("has_reminder=1", "has_reminder"),
        ("is_overdue=yes", "is_overdue"),
        ("recurring=", "recurring"),
        ("deleted=all", "deleted"),
        ("sort=id", "sort"),
        ("sort=relevance", "sort"),
        ("order=up", "order"),
        ("limit=101", "limit"),
        ("page=-1", "page"),
        ("include_total=1", "include_total"),
        ("search=a%00b", "search"),
        ("sort=due&sort=title", "sort"),
    ] {
        let response = client.get(&format!("/v1/tasks?{query}")).await;
        assert_eq!(response.status(), 400, "{query}");
        let problem: Value = response.json().await.expect("json");
        assert_eq!(problem["field"], json!(field), "{query}");
    }
    let long = client.get(&format!("/v1/tasks?search={}", "x".repeat(201))).await;
    assert_eq!(long.json::<Value>().await.expect("json")["field"], json!("search"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn deleted_tasks_are_listed_only_when_asked_for() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let id = client.create("gone").await["id"].as_str().expect("an id").to_owned();
    client.create("here").await;
    assert_eq!(client.send(Method::DELETE, &format!("/v1/tasks/{id}"), None).await.status(), 204);
    let page = client.read("/v1/tasks?include_total=true").await;
    assert_eq!((&page["items"][0]["title"], &page["total"]), (&json!("here"), &json!(1)));
    assert_eq!(client.read("/v1/tasks").await.get("total"), None);
    let deleted = client.read("/v1/tasks?deleted=true&include_total=true").await;
    assert_eq!((&deleted["items"][0]["id"], &deleted["total"]), (&json!(id), &json!(1)));
}

/// W16: tags and reminders of a page come with it.
#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w16_a_page_of_100_tasks_with_tags_is_one_statement() {
    let platform = Platform::without_topics().await;
    let counting = Counting::before(&platform.database.url).await;
    let api = platform.api_before(&counting).await;
    let client = Client::sign_up(&api).await;
    for number in 0..100 {
        let body = json!({"title": format!("task {number}"), "tags": ["a", "b"], "due": {"date": "2026-02-10"},
            "reminders": [{"minutes_before": 5}]});
        assert_eq!(client.send(Method::POST, "/v1/tasks", Some(body)).await.status(), 201);
    }
    // A tag costs one statement more, which finds its id.
    for (query, statements) in [("sort=created", 1), ("sort=due&tag=a", 2), ("search=task", 1)] {
        let before = counting.statements();
        let page = client.read(&format!("/v1/tasks?limit=100&{query}")).await;
        assert_eq!(counting.statements() - before, statements, "{query}");
        let tasks = page["items"].as_array().expect("items").iter();
        let full = |task: &&Value| {
            task["tags"] == json!(["a", "b"]) && task["reminders"][0]["minutes_before"] == json!(5)
        };
        assert_eq!(tasks.filter(full).count(), 100, "{query}");
    }
}
