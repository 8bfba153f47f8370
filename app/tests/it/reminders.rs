//! Reminders across tasks, and previews of recurrence.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Platform};

async fn create(client: &Client, body: Value) -> String {
    let response = client.send(Method::POST, "/v1/tasks", Some(body)).await;
    assert_eq!(response.status(), 201);
    let task: Value = response.json().await.expect("json");
    task["id"].as_str().expect("an id").to_owned()
}

fn fire_times(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|reminder| reminder["fire_at"].as_str().expect("a time")).collect()
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn reminders_of_open_tasks_are_listed_soonest_first() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let (client, other) = (Client::sign_up(&api).await, Client::sign_up(&api).await);
    let due = |instant: &str, minutes: &[u16]| {
        let reminders: Vec<Value> = minutes.iter().map(|m| json!({"minutes_before": m})).collect();
        json!({"title": instant, "due": {"instant": instant}, "reminders": reminders})
    };
    create(&client, due("2030-01-02T09:00:00Z", &[0, 60, 1440])).await;
    create(&client, due("2030-01-01T09:00:00Z", &[0, 30])).await;
    create(&client, json!({"title": "never due", "reminders": [{}]})).await;
    let done = create(&client, due("2030-01-01T10:00:00Z", &[5])).await;
    let gone = create(&client, due("2030-01-01T11:00:00Z", &[5])).await;
    client.complete(&done).await;
    client.send(Method::DELETE, &format!("/v1/tasks/{gone}"), None).await;
    create(&other, due("2030-01-01T09:00:00Z", &[1])).await;

    let all = [
        "2030-01-01T08:30:00Z",
        "2030-01-01T09:00:00Z",
        "2030-01-01T09:00:00Z",
        "2030-01-02T08:00:00Z",
        "2030-01-02T09:00:00Z",
    ];
    let page = client.read("/v1/reminders").await;
    assert_eq!((fire_times(&page), &page["next_cursor"]), (all.to_vec(), &Value::Null));
    assert_eq!(page["items"][0]["due"], json!({"instant": "2030-01-01T09:00:00Z"}));
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.read(&format!("/v1/reminders?limit=1{cursor}")).await;
        walked.push(fire_times(&page)[0].to_owned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        assert_eq!(other.get(&format!("/v1/reminders?limit=1{cursor}")).await.status(), 400);
    }
    assert_eq!(walked, all);
    assert_eq!(fire_times(&client.read("/v1/reminders?before=2030-01-01").await), all[..3]);
    assert_eq!(fire_times(&client.read("/v1/reminders?after=2030-01-02").await), all[3..]);
    let range = "after=2030-01-01T09:00:00Z&before=2030-01-02T08:00:00Z";
    assert_eq!(fire_times(&client.read(&format!("/v1/reminders?{range}")).await), all[1..4]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_preview_of_a_rule_has_its_first_occurrences() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let monthly = "/v1/recurrence/preview?rule=monthly&zone=Europe/Berlin&start=2026-01-31T09:00&count=3";
    assert_eq!(
        client.read(monthly).await["items"],
        json!([
            {"local": "2026-01-31T09:00:00", "instant": "2026-01-31T08:00:00Z"},
            {"local": "2026-02-28T09:00:00", "instant": "2026-02-28T08:00:00Z"},
            {"local": "2026-03-31T09:00:00", "instant": "2026-03-31T07:00:00Z"},
        ])
    );
    let items = async |query: &str| {
        client.read(&format!("/v1/recurrence/preview?{query}")).await["items"].as_array().map(Vec::len)
    };
    assert_eq!(items("rule=daily").await, Some(5));
    assert_eq!(items("rule=FREQ%3DDAILY%3BCOUNT%3D2&count=20").await, Some(2));
    assert_eq!(items("rule=0%209%20*%20*%201&start=2026-01-31T09:00&count=1").await, Some(1));
    for (query, field) in [
        ("", "rule"),
        ("rule=sometimes", "rule"),
        ("rule=FREQ%3DDAILY%3BUNTIL%3D20200101&start=2026-01-31T09:00", "rule"),
        ("rule=daily&zone=Mars/Olympus", "zone"),
        ("rule=daily&start=tomorrow", "start"),
        ("rule=daily&start=2026-01-31T09:00Z", "start"),
        ("rule=daily&count=0", "count"),
        ("rule=daily&count=21", "count"),
        ("rule=daily&from=2026", "from"),
    ] {
        let response = client.get(&format!("/v1/recurrence/preview?{query}")).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(response.json::<Value>().await.expect("json")["field"], json!(field), "{query}");
    }
    for (query, field) in [
        ("after=x", "after"),
        ("before=2030-02-30", "before"),
        ("after=2030-01-02&before=2030-01-01", "before"),
        ("cursor=AQ", "cursor"),
        ("limit=0", "limit"),
        ("page=1", "page"),
    ] {
        let response = client.get(&format!("/v1/reminders?{query}")).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(response.json::<Value>().await.expect("json")["field"], json!(field), "{query}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w2_tags_reminders_and_previews_need_a_token() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let tag = "/v1/tags/01999999-0000-7000-8000-000000000000";
    for (method, path) in [
        (Method::GET, "/v1/tags"),
        (Method::PATCH, tag),
        (Method::DELETE, tag),
        (Method::GET, "/v1/reminders"),
        (Method::GET, "/v1/recurrence/preview?rule=daily"),
    ] {
        let request = reqwest::Client::new().request(method.clone(), format!("{}{path}", api.base));
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{method} {path}");
    }
}
