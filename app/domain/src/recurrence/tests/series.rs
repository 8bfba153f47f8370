use jiff::Timestamp;

use super::super::{Anchor, Occurrence, Series, Zone};
use super::{at, dates, rule, series};

const JANUARY: [&str; 5] = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"];

fn completed(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The successor of an occurrence in a series that is anchored on completion.
fn after_completion(text: &str, occurrence: &str, done: &str) -> String {
    let series = Series { anchor: Anchor::Completion, ..series(text, "Europe/Berlin", "2026-01-05T09:00") };
    series.successor(Some(at(occurrence)), completed(done)).expect("a successor").to_string()
}

fn instants(text: &str, zone: &str, first: &str, count: usize) -> Vec<String> {
    let series = series(text, zone, first);
    series.preview(series.first, count).iter().map(|occurrence| occurrence.instant.to_string()).collect()
}

#[test]
fn monthly_clamps_to_short_months_and_returns_to_its_day() {
    assert_eq!(dates("monthly", "2026-01-31T09:00", 5), JANUARY);
    assert_eq!(dates("monthly", "2028-01-30T09:00", 2), ["2028-01-30", "2028-02-29"]);
    // The same for the next one alone, which starts from a clamped date.
    let series = series("monthly", "UTC", "2026-01-31T09:00");
    assert_eq!(series.next_after(at("2026-02-28T09:00")), Some(at("2026-03-31T09:00")));
}

#[test]
fn daily_and_weekly_step_by_one_and_seven_days() {
    assert_eq!(dates("daily", "2026-02-27T09:00", 3), ["2026-02-27", "2026-02-28", "2026-03-01"]);
    assert_eq!(dates("weekly", "2026-12-30T09:00", 2), ["2026-12-30", "2027-01-06"]);
}

#[test]
fn an_occurrence_before_the_start_does_not_exist() {
    let series = series("daily", "UTC", "2026-01-31T09:00");
    assert_eq!(series.next_after(at("1999-01-01T00:00")), Some(series.first));
}

#[test]
fn a_successor_of_an_overdue_task_counts_from_its_due_time() {
    let series = series("weekly", "UTC", "2026-01-05T09:00");
    let successor = series.successor(Some(at("2026-01-05T09:00")), completed("2026-03-01T12:00:00Z"));
    assert_eq!(successor, Some(at("2026-01-12T09:00")));
}

#[test]
fn a_successor_on_completion_counts_from_the_local_date_of_completion() {
    // 23:30 UTC is the next day in Berlin.
    assert_eq!(after_completion("daily", "2026-01-05T09:00", "2026-03-01T23:30:00Z"), "2026-03-03T09:00:00");
    assert_eq!(
        after_completion("monthly", "2026-01-05T09:00", "2026-01-31T12:00:00Z"),
        "2026-02-28T09:00:00"
    );
    assert_eq!(
        after_completion("FREQ=DAILY;INTERVAL=3", "2026-01-05T09:00", "2026-01-06T07:00:00Z"),
        "2026-01-09T09:00:00"
    );
}

#[test]
fn a_successor_on_completion_is_never_before_the_completion() {
    assert_eq!(
        after_completion("0 9,18 * * *", "2026-01-05T09:00", "2026-01-05T14:00:00Z"),
        "2026-01-05T18:00:00"
    );
    assert_eq!(
        after_completion("0 9,18 * * *", "2026-01-05T09:00", "2026-01-05T19:00:00Z"),
        "2026-01-06T09:00:00"
    );
}

#[test]
fn a_task_without_a_due_time_starts_at_its_completion() {
    let series = series("monthly", "Europe/Berlin", "2026-01-05T09:00");
    let done = completed("2026-01-31T14:30:15.123456Z");
    assert_eq!(series.successor(None, done), Some(at("2026-02-28T15:30")));
    let begun = series.begun_at(done);
    assert_eq!(begun.next_after(at("2026-02-28T15:30")), Some(at("2026-03-31T15:30")));
}

#[test]
fn a_count_cannot_be_anchored_on_completion() {
    let new = |text, anchor| Series::new(rule(text), Zone::default(), at("2026-01-05T09:00"), anchor);
    let error = new("FREQ=DAILY;COUNT=3", Anchor::Completion).expect_err("nothing to count from");
    assert_eq!((error.field.as_str(), error.code), ("recurrence.rule", "invalid_recurrence_rule"));
    assert!(new("FREQ=DAILY;COUNT=3", Anchor::Due).is_ok());
    assert!(new("FREQ=DAILY;UNTIL=20300101", Anchor::Completion).is_ok());
}

#[test]
fn a_series_without_an_occurrence_is_refused() {
    let new = |text: &str, first| Series::new(rule(text), Zone::default(), at(first), Anchor::Due);
    for text in ["FREQ=DAILY;UNTIL=20251231", "FREQ=YEARLY;BYMONTH=2", "FREQ=DAILY;INTERVAL=7;BYDAY=MO"] {
        let error = new(text, "2026-01-30T09:00").expect_err(text);
        assert_eq!((error.field.as_str(), error.code), ("recurrence.rule", "invalid_recurrence_rule"));
    }
    assert!(new("daily", "2026-01-30T09:00").is_ok());
}

#[test]
fn the_wall_clock_repeats_across_both_changes_of_the_clock() {
    let spring = instants("daily", "Europe/Berlin", "2026-03-27T02:30", 3);
    assert_eq!(spring, ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    let autumn = instants("daily", "Europe/Berlin", "2026-10-23T02:30", 3);
    assert_eq!(autumn, ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn a_skipped_day_is_left_out_of_a_daily_series_and_moved_in_others() {
    let locals = |text, first| {
        let preview: Vec<Occurrence> = series(text, "Pacific/Apia", first).preview(at(first), 2);
        preview.iter().map(|occurrence| occurrence.local.date().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(locals("daily", "2011-12-28T10:00"), ["2011-12-29", "2011-12-31"]);
    assert_eq!(locals("weekly", "2011-12-23T10:00"), ["2011-12-30", "2012-01-06"]);
    // The Friday that never was is due when Saturday begins to count: one moment, on the 31st.
    assert_eq!(instants("weekly", "Pacific/Apia", "2011-12-23T10:00", 1), ["2011-12-30T20:00:00Z"]);
    // What is left out is not counted.
    assert_eq!(locals("FREQ=DAILY;COUNT=4", "2011-12-28T10:00"), ["2011-12-29", "2011-12-31"]);
    assert_eq!(
        series("FREQ=DAILY;COUNT=4", "Pacific/Apia", "2011-12-28T10:00")
            .preview(at("2011-12-28T10:00"), 9)
            .len(),
        3
    );
}

#[test]
fn every_half_hour_is_due_once_where_the_clock_jumps() {
    let spring = instants("*/30 * * * *", "Europe/Berlin", "2026-03-29T01:00", 3);
    assert_eq!(spring, ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
}

#[test]
fn the_end_of_time_ends_every_series() {
    for text in ["daily", "weekly", "monthly", "* * * * *", "FREQ=YEARLY"] {
        let series = series(text, "Pacific/Apia", "9999-12-01T09:00");
        assert!(series.preview(series.first, 100_000).len() < 50_000, "{text}");
        assert_eq!(series.next_after(jiff::civil::DateTime::MAX), None, "{text}");
    }
}

#[test]
fn anchors_are_lower_case_words() {
    assert_eq!(serde_json::to_string(&Anchor::Completion).expect("json"), "\"completion\"");
    assert_eq!(serde_json::from_str::<Anchor>("\"due\"").expect("an anchor"), Anchor::default());
    assert_eq!("completion".parse(), Ok(Anchor::Completion));
    assert_eq!("Due".parse::<Anchor>().expect_err("upper case").field, "recurrence.anchor");
}
