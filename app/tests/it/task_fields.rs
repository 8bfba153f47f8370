//! Every field of a task that can be wrong is refused by its name, and nothing is stored.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Platform};

/// Body, field and code.
type Case = (Value, &'static str, &'static str);

const INVALID: &str = "invalid_input";

fn due(due: &Value, field: &'static str) -> Case {
    (json!({"title": "a", "due": due}), field, INVALID)
}

fn dues() -> Vec<Case> {
    vec![
        due(&json!("2026-02-10"), "due"),
        due(&json!({}), "due"),
        due(&json!({"date": "2026-02-10", "instant": "2026-02-10T09:00:00Z"}), "due"),
        due(&json!({"local": "2026-02-10T09:00"}), "due.zone"),
        due(&json!({"instant": "2026-02-10T09:00:00Z", "zone": "UTC"}), "due.zone"),
        due(&json!({"date": "2026-02-30"}), "due.date"),
        due(&json!({"date": "10.02.2026"}), "due.date"),
        due(&json!({"date": "0000-01-01"}), "due.date"),
        due(&json!({"date": "9999-12-31"}), "due.date"),
        due(&json!({"date": 20_260_210}), "due.date"),
        due(&json!({"local": "2026-02-10T09:00Z", "zone": "UTC"}), "due.local"),
        due(&json!({"local": "2026-02-10T09:00+05:00", "zone": "UTC"}), "due.local"),
        due(&json!({"local": "2026-02-10T25:00", "zone": "UTC"}), "due.local"),
        due(&json!({"local": "ü", "zone": "UTC"}), "due.local"),
        due(&json!({"instant": "2026-02-10T09:00:00"}), "due.instant"),
        due(&json!({"instant": "9999-12-31T23:59:59Z"}), "due.instant"),
        due(&json!({"date": "2026-02-10", "colour": "red"}), "due.colour"),
        (
            json!({"title": "a", "due": {"date": "2026-02-10", "zone": "Mars/Base"}}),
            "due.zone",
            "invalid_zone",
        ),
        (json!({"title": "a", "due": {"date": "2026-02-10", "zone": "\u{0}"}}), "due.zone", "invalid_zone"),
    ]
}

fn others() -> Vec<Case> {
    let many: Vec<String> = (0..10_000).map(|number| format!("{number}")).collect();
    let reminders: Vec<Value> = (0..11).map(|minutes| json!({"minutes_before": minutes})).collect();
    let rule = |recurrence: Value| json!({"title": "a", "recurrence": recurrence});
    vec![
        (json!({"title": "a", "tags": many}), "tags", "too_many_tags"),
        (json!({"title": "a", "tags": "work"}), "tags", INVALID),
        (json!({"title": "a", "tags": ["work", 5]}), "tags[1]", INVALID),
        (json!({"title": "a", "tags": [" "]}), "tags[0]", INVALID),
        (json!({"title": "a", "tags": ["x".repeat(51)]}), "tags[0]", INVALID),
        (json!({"title": "a", "tags": ["a\u{0}"]}), "tags[0]", INVALID),
        (json!({"title": "a", "reminders": [30]}), "reminders[0]", INVALID),
        (
            json!({"title": "a", "reminders": [{"minutes_before": -5}]}),
            "reminders[0].minutes_before",
            INVALID,
        ),
        (
            json!({"title": "a", "reminders": [{"minutes_before": 10_081}]}),
            "reminders[0].minutes_before",
            INVALID,
        ),
        (
            json!({"title": "a", "reminders": [{"minutes_before": 1.5}]}),
            "reminders[0].minutes_before",
            INVALID,
        ),
        (json!({"title": "a", "reminders": [{"minutes": 5}]}), "reminders[0].minutes", INVALID),
        (json!({"title": "a", "reminders": reminders}), "reminders", INVALID),
        (rule(json!("weekly")), "recurrence", INVALID),
        (rule(json!({})), "recurrence.rule", INVALID),
        (rule(json!({"rule": "every purple"})), "recurrence.rule", "invalid_recurrence_rule"),
        (rule(json!({"rule": "\u{0}"})), "recurrence.rule", "invalid_recurrence_rule"),
        (rule(json!({"rule": "x".repeat(300)})), "recurrence.rule", "invalid_recurrence_rule"),
        (rule(json!({"rule": "daily", "anchor": "whim"})), "recurrence.anchor", INVALID),
        (rule(json!({"rule": "daily", "zone": "Nowhere"})), "recurrence.zone", "invalid_zone"),
        (
            json!({"title": "a", "due": {"date": "2026-02-10"}, "recurrence": {"rule": "daily", "zone": "Asia/Karachi"}}),
            "recurrence.zone",
            INVALID,
        ),
    ]
}

async fn refused(client: &Client, method: Method, path: &str, (body, field, code): Case) {
    let shown = format!("{method} {}", body.to_string().chars().take(90).collect::<String>());
    let response = client.send(method, path, Some(body)).await;
    assert_eq!(response.status(), 400, "{shown}");
    let problem: Value = response.json().await.expect("json");
    assert_eq!((&problem["field"], &problem["code"]), (&json!(field), &json!(code)), "{shown}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w10_every_field_is_checked_at_creation_and_at_every_change() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    let made = client.create("milk").await;
    let path = format!("/v1/tasks/{}", made["id"].as_str().expect("an id"));
    for case in dues().into_iter().chain(others()) {
        refused(&client, Method::POST, "/v1/tasks", case.clone()).await;
        refused(&client, Method::PATCH, &path, case).await;
    }
    for (body, field) in [
        (json!({"title": null}), "title"),
        (json!({"completed": null}), "completed"),
        (json!({"completed": "yes"}), "completed"),
        (json!({"id": "x"}), "id"),
    ] {
        refused(&client, Method::PATCH, &path, (body, field, INVALID)).await;
    }
    assert_eq!(client.read(&path).await, made);
    assert_eq!(platform.database.number("SELECT count(*) FROM outbox").await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn what_is_allowed_and_probably_not_meant_is_told() {
    let platform = Platform::without_topics().await;
    let api = platform.api_at("127.0.0.1:1").await;
    let client = Client::sign_up(&api).await;
    for (body, code) in [
        (json!({"title": "a", "due": {"date": "2020-01-01"}}), "due_in_past"),
        (json!({"title": "a", "reminders": [{}]}), "reminder_without_due"),
        (json!({"title": "a", "recurrence": {"rule": "daily"}}), "recurrence_without_due"),
    ] {
        assert_eq!(client.make(body).await["warnings"][0]["code"], json!(code));
    }
    let calm = client.make(json!({"title": "a", "due": {"date": "2099-01-01"}, "reminders": [{}]})).await;
    assert_eq!((calm.get("warnings"), &calm["is_overdue"]), (None, &json!(false)));
}
