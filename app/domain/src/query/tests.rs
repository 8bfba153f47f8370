//! Parameters of a listing.

use super::*;

fn read(query: &[(&str, &str)]) -> Result<TaskQuery, Invalid> {
    TaskQuery::read(Timestamp::UNIX_EPOCH, |name| {
        query.iter().find(|(given, _)| *given == name).map(|(_, text)| (*text).to_owned())
    })
}

fn refused(query: &[(&str, &str)]) -> String {
    read(query).expect_err("refused").field
}

#[test]
fn without_parameters_the_newest_ten_are_listed() {
    let query = read(&[]).expect("valid");
    assert_eq!((query.sort, query.order, query.page.limit), (Sort::Created, Order::Desc, 10));
    assert_eq!(query.filter, TaskFilter::default());
}

#[test]
fn each_sort_has_its_own_default_order() {
    for (sort, order) in [
        ("created", Order::Desc),
        ("updated", Order::Desc),
        ("due", Order::Asc),
        ("priority", Order::Asc),
        ("title", Order::Asc),
    ] {
        assert_eq!(read(&[("sort", sort)]).expect("valid").order, order, "{sort}");
    }
    assert_eq!(read(&[("sort", "due"), ("order", "desc")]).expect("valid").order, Order::Desc);
}

#[test]
fn a_search_is_sorted_by_relevance_and_relevance_needs_a_search() {
    let query = read(&[("search", " milk  & Eggs ")]).expect("valid");
    assert_eq!((query.sort, query.order), (Sort::Relevance, Order::Desc));
    assert_eq!(query.filter.search.as_ref().map(Search::words), Some(&["milk".into(), "Eggs".into()][..]));
    assert_eq!(refused(&[("sort", "relevance")]), "sort");
    assert_eq!(refused(&[("sort", "relevance"), ("search", "  ")]), "sort");
    assert_eq!(read(&[("search", "milk"), ("sort", "due")]).expect("valid").sort, Sort::Due);
}

#[test]
fn an_empty_search_is_none_and_one_of_punctuation_has_no_words() {
    assert_eq!(read(&[("search", " \t ")]).expect("valid").filter.search, None);
    for text in ["!", "':* & |", "🥛"] {
        let search = read(&[("search", text)]).expect("valid").filter.search;
        assert_eq!(search.expect("a search").words(), [""; 0], "{text}");
    }
    assert_eq!(refused(&[("search", &"x".repeat(201))]), "search");
    assert_eq!(refused(&[("search", "a\0")]), "search");
    assert!(read(&[("search", &format!(" {} ", "ü".repeat(200)))]).is_ok());
}

#[test]
fn a_date_as_the_end_of_a_range_includes_the_whole_day() {
    let filter = read(&[("due_before", "2026-02-10"), ("due_after", "2026-02-10")]).expect("valid").filter;
    assert_eq!(filter.due_after.map(|at| at.to_string()).as_deref(), Some("2026-02-10T00:00:00Z"));
    assert_eq!(filter.due_before.map(|at| at.to_string()).as_deref(), Some("2026-02-10T23:59:59.999999Z"));
    let instant = read(&[("due_before", "2026-02-10T09:00:00+02:00")]).expect("valid").filter.due_before;
    assert_eq!(instant.map(|at| at.to_string()).as_deref(), Some("2026-02-10T07:00:00Z"));
}

#[test]
fn a_range_that_ends_before_it_starts_is_refused() {
    assert_eq!(refused(&[("due_before", "2026-02-09"), ("due_after", "2026-02-10")]), "due_before");
    assert!(read(&[("due_before", "2026-02-10T09:00:00Z"), ("due_after", "2026-02-10T09:00:00Z")]).is_ok());
}

#[test]
fn tags_and_priorities_are_read_as_they_are_stored() {
    let filter = read(&[("tag", " Work "), ("priority", "high")]).expect("valid").filter;
    assert_eq!((filter.tag.as_deref(), filter.priority), (Some("work"), Some(Priority::P2)));
}

#[test]
fn every_bad_parameter_is_named() {
    for (name, text) in [
        ("completed", "yes"),
        ("completed", ""),
        ("has_reminder", "1"),
        ("is_overdue", "TRUE"),
        ("recurring", "null"),
        ("deleted", "x"),
        ("priority", "BANANA"),
        ("tag", " "),
        ("due_before", "tomorrow"),
        ("due_before", "2026-02-30"),
        ("due_before", "2026-02-10T09:00"),
        ("due_before", "9999-12-31"),
        ("due_after", "-004000-01-01T00:00:00Z"),
        ("due_after", "0000-12-31"),
        ("sort", "id"),
        ("sort", "Created"),
        ("order", "down"),
        ("limit", "0"),
    ] {
        assert_eq!(refused(&[(name, text)]), name, "{text}");
    }
}

#[test]
fn the_name_of_a_filter_has_only_what_is_set() {
    let filter = read(&[("completed", "true"), ("due_after", "2026-02-10")]).expect("valid").filter;
    let json = serde_json::to_string(&filter).expect("JSON");
    assert_eq!(json, r#"{"completed":true,"due_after":"2026-02-10T00:00:00Z"}"#);
    assert_eq!(serde_json::to_string(&TaskFilter::default()).expect("JSON"), "{}");
}
