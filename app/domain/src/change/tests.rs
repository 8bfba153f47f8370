use super::*;
use crate::recurrence::Anchor;
use crate::task::{Draft, Due, RecurrenceInput};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn occasion(text: &str) -> Occasion {
    Occasion { at: at(text), series_id: Uuid::from_u128(7), successor_id: Uuid::from_u128(2) }
}

fn due(local: &str) -> Due {
    Due::Local { local: local.parse().expect("local"), zone: "Europe/Berlin".parse().expect("a zone") }
}

fn every(rule: &str) -> RecurrenceInput {
    RecurrenceInput { rule: rule.parse().expect("a rule"), zone: None, anchor: Anchor::Due }
}

fn task(due: Option<Due>, rule: Option<&str>) -> Task {
    let draft = Draft {
        tags: vec!["work".to_owned()],
        reminders: vec![30],
        due,
        recurrence: rule.map(every),
        ..Draft::titled("standup").expect("a title")
    };
    let made =
        draft.into_task(Uuid::from_u128(1), Uuid::nil(), Uuid::from_u128(5), at("2026-02-01T08:00:00Z"));
    made.expect("valid")
}

fn decided(task: &Task, change: &Change, when: &str) -> Decision {
    decide(task, change, occasion(when)).expect("decided")
}

fn patch(patch: Patch) -> Change {
    Change::Patch(Box::new(patch))
}

#[test]
fn a_completed_weekly_task_has_a_successor_a_week_later_with_tags_and_reminders() {
    let decision = decided(
        &task(Some(due("2026-02-10T09:00")), Some("weekly")),
        &Change::Complete,
        "2026-02-09T12:00:00Z",
    );
    assert_eq!(decision.event, Some(EventType::TaskCompleted));
    assert_eq!((decision.task.completed, decision.task.version), (true, 2));
    let next = decision.successor.expect("a successor");
    assert_eq!(next.due, Some(due("2026-02-17T09:00")));
    assert_eq!((next.tags, next.reminders, next.version), (vec!["work".to_owned()], vec![30], 1));
    assert_eq!((next.predecessor_id, next.completed), (Some(Uuid::from_u128(1)), false));
    assert_eq!(next.recurrence.expect("repeats").depth, 1);
}

#[test]
fn w7_a_monthly_task_of_the_31st_does_not_drift() {
    let mut task = task(Some(due("2026-01-31T09:00")), Some("monthly"));
    let mut dates = Vec::new();
    for _ in 0..3 {
        task = decided(&task, &Change::Complete, "2026-01-31T12:00:00Z").successor.expect("a successor");
        dates.push(task.due.clone());
    }
    let expected = ["2026-02-28T09:00", "2026-03-31T09:00", "2026-04-30T09:00"].map(|local| Some(due(local)));
    assert_eq!(dates, expected);
}

#[test]
fn w11_completing_by_a_patch_makes_the_successor_too() {
    let task = task(Some(due("2026-02-10T09:00")), Some("daily"));
    let change =
        patch(Patch { completed: Some(true), title: Some("stand-up".to_owned()), ..Patch::default() });
    let decision = decided(&task, &change, "2026-02-09T12:00:00Z");
    assert_eq!((decision.event, decision.task.title.as_str()), (Some(EventType::TaskCompleted), "stand-up"));
    assert_eq!(decision.successor.expect("a successor").title, "stand-up");
}

#[test]
fn a_moved_due_date_keeps_the_rule() {
    let task = task(Some(due("2026-02-10T09:00")), Some("weekly"));
    let moved = patch(Patch { due: Edit::Set(due("2026-02-12T15:00")), ..Patch::default() });
    let moved = decided(&task, &moved, "2026-02-09T12:00:00Z").task;
    let next = decided(&moved, &Change::Complete, "2026-02-12T16:00:00Z").successor.expect("a successor");
    assert_eq!(next.due, Some(due("2026-02-17T09:00")));
}

#[test]
fn a_task_moved_behind_its_next_occurrence_does_not_go_back() {
    let task = task(Some(due("2026-02-10T09:00")), Some("weekly"));
    let moved = patch(Patch { due: Edit::Set(due("2026-02-18T15:00")), ..Patch::default() });
    let moved = decided(&task, &moved, "2026-02-09T12:00:00Z").task;
    let next = decided(&moved, &Change::Complete, "2026-02-18T16:00:00Z").successor.expect("a successor");
    assert_eq!(next.due, Some(due("2026-02-24T09:00")));
}

#[test]
fn without_a_due_date_the_next_counts_from_the_completion_and_starts_a_series() {
    let task = task(None, Some("daily"));
    let next = decided(&task, &Change::Complete, "2026-02-09T12:34:56Z").successor.expect("a successor");
    let recurrence = next.recurrence.expect("repeats");
    let local = "2026-02-10T12:34".parse().expect("local");
    assert_eq!(next.due, Some(Due::Local { local, zone: crate::recurrence::Zone::default() }));
    assert_eq!((recurrence.series_id, recurrence.occurrence), (Uuid::from_u128(7), Some(local)));
}

#[test]
fn the_first_due_date_of_a_repeating_task_starts_its_series() {
    let task = task(None, Some("weekly"));
    let set = Due::Instant { instant: at("2026-02-10T09:00:00Z") };
    let dated = patch(Patch { due: Edit::Set(set), ..Patch::default() });
    let dated = decided(&task, &dated, "2026-02-09T12:00:00Z").task;
    let next = decided(&dated, &Change::Complete, "2026-02-10T10:00:00Z").successor.expect("a successor");
    assert_eq!(next.due, Some(Due::Instant { instant: at("2026-02-17T09:00:00Z") }));
}

#[test]
fn an_all_day_task_has_one_occurrence_a_day() {
    let day = |date: &str| Due::Date {
        date: date.parse().expect("a date"),
        zone: "Europe/Berlin".parse().expect("a zone"),
    };
    for rule in ["0 9 * * *", "0 9,17 * * *", "daily"] {
        for anchor in [Anchor::Due, Anchor::Completion] {
            let mut task = task(Some(day("2026-02-10")), None);
            let set = patch(Patch {
                recurrence: Edit::Set(RecurrenceInput { anchor, ..every(rule) }),
                ..Patch::default()
            });
            task = decided(&task, &set, "2026-02-09T12:00:00Z").task;
            let next =
                decided(&task, &Change::Complete, "2026-02-10T05:00:00Z").successor.expect("a successor");
            assert_eq!(next.due, Some(day("2026-02-11")), "{rule} {anchor:?}");
            let next =
                decided(&next, &Change::Complete, "2026-02-11T05:00:00Z").successor.expect("a successor");
            assert_eq!(next.due, Some(day("2026-02-12")), "{rule} {anchor:?}");
        }
    }
}

#[test]
fn time_does_not_go_back() {
    let task = task(None, None);
    let late = decided(&task, &Change::Complete, "2026-02-09T12:00:00Z").task;
    let early = decided(&late, &Change::Reopen, "2026-02-09T11:00:00Z").task;
    assert_eq!(early.updated_at, late.updated_at);
}

#[test]
fn a_chain_of_1000_ends() {
    let mut task = task(Some(due("2026-02-10T09:00")), Some("daily"));
    task.recurrence.as_mut().expect("repeats").depth = crate::task::DEPTH_MAX;
    assert_eq!(decided(&task, &Change::Complete, "2026-02-09T12:00:00Z").successor, None);
}

#[test]
fn repeating_a_change_changes_nothing() {
    let open = task(None, Some("daily"));
    assert_eq!(decided(&open, &Change::Reopen, "2026-02-09T12:00:00Z").event, None);
    let done = decided(&open, &Change::Complete, "2026-02-09T12:00:00Z").task;
    let again = decided(&done, &Change::Complete, "2026-02-10T12:00:00Z");
    assert_eq!((again.event, again.task, again.successor), (None, done.clone(), None));
    let same = patch(Patch {
        title: Some("standup".to_owned()),
        recurrence: Edit::Set(every("daily")),
        ..Patch::default()
    });
    assert_eq!(decided(&open, &same, "2026-02-01T08:00:00Z").event, None);
}

#[test]
fn reopening_retracts_the_successor() {
    let done = decided(&task(None, Some("daily")), &Change::Complete, "2026-02-09T12:00:00Z").task;
    let decision = decided(&done, &Change::Reopen, "2026-02-09T13:00:00Z");
    assert!(decision.retracts);
    assert_eq!((decision.event, decision.task.completed_at), (Some(EventType::TaskReopened), None));
}

#[test]
fn a_null_clears_and_an_absent_field_stays() {
    let full = task(Some(due("2026-02-10T09:00")), Some("daily"));
    let clear = patch(Patch {
        due: Edit::Clear,
        recurrence: Edit::Clear,
        tags: Some(Vec::new()),
        ..Patch::default()
    });
    let cleared = decided(&full, &clear, "2026-02-09T12:00:00Z").task;
    assert_eq!((cleared.due, cleared.recurrence, cleared.tags.len()), (None, None, 0));
    assert_eq!((cleared.reminders, cleared.title.as_str()), (vec![30], "standup"));
}

#[test]
fn a_deleted_task_is_absent_until_it_is_restored() {
    let deleted = decided(&task(None, None), &Change::Delete, "2026-02-09T12:00:00Z").task;
    let late = occasion("2026-02-10T12:00:00Z");
    for change in [Change::Complete, Change::Reopen, Change::Delete, patch(Patch::default())] {
        assert_eq!(decide(&deleted, &change, late), Err(Refusal::Absent));
    }
    let restored = decided(&deleted, &Change::Restore, "2026-02-10T12:00:00Z").task;
    assert_eq!((restored.deleted_at, restored.version), (None, 3));
    assert_eq!(decided(&restored, &Change::Restore, "2026-02-10T12:00:00Z").event, None);
}
