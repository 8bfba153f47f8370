use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::task::{Draft, Due, Priority};

fn event() -> Event {
    let (task, user) = (Uuid::from_u128(7), Uuid::from_u128(9));
    let at = "2026-02-10T09:00:00.123456Z".parse().expect("a timestamp");
    let draft = Draft {
        description: Some("2 l".to_owned()),
        priority: Priority::P2,
        tags: vec!["home".to_owned()],
        due: Some(Due::Instant { instant: at }),
        reminders: vec![30],
        ..Draft::titled("milk").expect("a title")
    };
    let task = draft.into_task(task, user, Uuid::nil(), at).expect("valid");
    Event::new(EventType::TaskCreated, Uuid::from_u128(1), &task)
}

#[test]
fn the_envelope_is_the_documented_one() {
    let value: Value = serde_json::from_str(&event().encode()).expect("json");
    assert_eq!(
        value,
        json!({
            "specversion": "1.0",
            "id": "00000000-0000-0000-0000-000000000001",
            "source": "/todoplatform/todo",
            "type": "todo.task.created.v1",
            "subject": "00000000-0000-0000-0000-000000000007",
            "time": "2026-02-10T09:00:00.123456Z",
            "datacontenttype": "application/json",
            "partitionkey": "00000000-0000-0000-0000-000000000009",
            "data": {
                "id": "00000000-0000-0000-0000-000000000007",
                "user_id": "00000000-0000-0000-0000-000000000009",
                "title": "milk",
                "description": "2 l",
                "priority": "P2",
                "tags": ["home"],
                "due": {"instant": "2026-02-10T09:00:00.123456Z"},
                "reminders": [30],
                "recurrence": null,
                "predecessor_id": null,
                "completed": false,
                "completed_at": null,
                "deleted_at": null,
                "version": 1,
                "created_at": "2026-02-10T09:00:00.123456Z",
                "updated_at": "2026-02-10T09:00:00.123456Z"
            }
        })
    );
}

#[test]
fn an_event_survives_its_encoding() {
    assert_eq!(Event::decode(event().encode().as_bytes()).expect("decodes"), event());
}

#[test]
fn a_field_of_a_later_version_is_ignored() {
    let mut value: Value = serde_json::from_str(&event().encode()).expect("json");
    value["traceparent"] = json!("00-ab-cd-01");
    value["data"]["colour"] = json!("red");
    assert_eq!(Event::decode(value.to_string().as_bytes()).expect("decodes"), event());
}

#[test]
fn p8_an_event_of_the_release_before_is_understood() {
    let mut value: Value = serde_json::from_str(&event().encode()).expect("json");
    let data = value["data"].as_object_mut().expect("an object");
    for added in ["tags", "due", "reminders", "recurrence", "predecessor_id", "deleted_at"] {
        data.remove(added);
    }
    let task = Event::decode(value.to_string().as_bytes()).expect("decodes").data;
    assert_eq!((task.title.as_str(), task.tags.len(), task.due), ("milk", 0, None));
}

#[test]
fn an_unknown_type_a_foreign_envelope_and_a_contradiction_are_undecodable() {
    for (pointer, wrong) in [
        ("/type", json!("todo.task.created.v2")),
        ("/specversion", json!("0.3")),
        ("/subject", json!("another")),
        ("/partitionkey", json!("another")),
        ("/data", json!({})),
        ("/id", json!(5)),
    ] {
        let mut value: Value = serde_json::from_str(&event().encode()).expect("json");
        *value.pointer_mut(pointer).expect("exists") = wrong;
        assert!(Event::decode(value.to_string().as_bytes()).is_err(), "{pointer} was accepted");
    }
    assert!(Event::decode(b"\xff\x00").is_err());
}

#[test]
fn a_type_is_written_as_it_is_named() {
    for kind in [
        EventType::TaskCreated,
        EventType::TaskUpdated,
        EventType::TaskCompleted,
        EventType::TaskReopened,
        EventType::TaskDeleted,
    ] {
        assert_eq!(serde_json::to_value(kind).expect("json"), json!(kind.as_str()));
    }
}

proptest! {
    #[test]
    fn a_bucket_is_within_its_range(id in any::<u128>()) {
        prop_assert!((0..BUCKETS).contains(&bucket(Uuid::from_u128(id))));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::decode(&bytes);
    }
}
