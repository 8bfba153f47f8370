//! Positions in a listing of tasks.

use super::*;

const USER: Uuid = Uuid::from_u128(7);

fn query(parameters: &[(&str, &str)]) -> TaskQuery {
    let find = |name: &str| parameters.iter().find(|(given, _)| *given == name);
    TaskQuery::read(Timestamp::UNIX_EPOCH, |name| find(name).map(|(_, text)| (*text).to_owned()))
        .expect("valid")
}

#[test]
fn a_cursor_of_every_sort_returns_its_key() {
    let at: Timestamp = "2026-02-10T09:00:00.123456Z".parse().expect("an instant");
    for (sort, value) in [
        ("created", SortValue::Created(at)),
        ("updated", SortValue::Updated(at)),
        ("due", SortValue::Due(Some(at))),
        ("due", SortValue::Due(None)),
        ("priority", SortValue::Priority(Priority::P4)),
        ("title", SortValue::Title("Größe".repeat(51))),
        ("relevance", SortValue::Relevance(0.607_927_1, at)),
    ] {
        let query = query(&[("sort", sort), ("search", "milk")]);
        let key = TaskKey { value, id: Uuid::from_u128(5) };
        let cursor = encode_task_key(USER, &query, &key);
        assert_eq!(decode_task_key(USER, &query, &cursor), Ok(key), "{sort}");
    }
}

#[test]
fn a_cursor_of_another_user_sort_order_or_filter_is_refused() {
    let own = query(&[]);
    let key = TaskKey { value: SortValue::Created(Timestamp::UNIX_EPOCH), id: Uuid::nil() };
    let cursor = encode_task_key(USER, &own, &key);
    assert!(decode_task_key(Uuid::from_u128(8), &own, &cursor).is_err());
    for other in [("sort", "updated"), ("order", "asc"), ("completed", "true"), ("search", "milk")] {
        let refused = decode_task_key(USER, &query(&[other]), &cursor).expect_err("another listing");
        assert_eq!((refused.field.as_str(), refused.code), ("cursor", "invalid_input"), "{other:?}");
    }
    // The length of a page is not part of it.
    assert_eq!(decode_task_key(USER, &query(&[("limit", "50")]), &cursor), Ok(key));
}

#[test]
fn a_made_up_position_of_every_sort_is_refused() {
    let nan = [[0; 8].as_slice(), &f32::NAN.to_be_bytes()].concat();
    let positions: [&[u8]; 7] =
        [b"", b"x", &[0xff; 8], &i64::MIN.to_be_bytes(), &i64::MAX.to_be_bytes(), b"a\0b", &nan];
    for sort in ["created", "updated", "due", "priority", "title", "relevance"] {
        let query = query(&[("sort", sort), ("search", "milk")]);
        assert!(decode_task_key(USER, &query, &listing(USER, &query).cursor(&[1; 15])).is_err(), "{sort}");
        for position in positions {
            let bytes = [[1; 16].as_slice(), position].concat();
            let decoded = decode_task_key(USER, &query, &listing(USER, &query).cursor(&bytes));
            let fits = (sort == "due" && position.is_empty()) || (sort == "title" && position.len() < 2);
            // Eight bytes 0xff are the microsecond before 1970.
            let before = position == [0xff; 8] && matches!(sort, "created" | "updated" | "due");
            assert_eq!(decoded.is_ok(), fits || before, "{sort} {position:?}");
        }
    }
}
