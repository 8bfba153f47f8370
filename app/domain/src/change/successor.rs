//! The next occurrence of a task that repeats.

use jiff::civil;

use crate::change::Occasion;
use crate::task::{DEPTH_MAX, Due, Recurrence, Task};

/// The task that follows a completed one; `None` if it does not repeat, its rule has ended, or its chain is 1000 long.
/// Title, description, priority, tags, reminders and rule are copied.
#[must_use]
pub fn successor(done: &Task, occasion: Occasion) -> Option<Task> {
    let recurrence = done.recurrence.as_ref().filter(|recurrence| recurrence.depth < DEPTH_MAX)?;
    let (due, next) = match &done.due {
        Some(due) => dated(recurrence, due, occasion)?,
        None => undated(recurrence, occasion)?,
    };
    Some(Task {
        id: occasion.successor_id,
        due: Some(due),
        recurrence: Some(next),
        predecessor_id: Some(done.id),
        completed: false,
        completed_at: None,
        deleted_at: None,
        version: 1,
        created_at: occasion.at,
        updated_at: occasion.at,
        ..done.clone()
    })
}

/// Follows the occurrence, or the due date if that was moved behind it.
fn dated(recurrence: &Recurrence, due: &Due, occasion: Occasion) -> Option<(Due, Recurrence)> {
    let series = &recurrence.series;
    let moved = due.local_in(&series.zone);
    let last = recurrence.occurrence.map_or(moved, |occurrence| occurrence.max(moved));
    let next = match due {
        // Within a day there is one occurrence: what comes next comes on another day.
        Due::Date { .. } => {
            let done = series.zone.instant(end_of_day(series.zone.local(occasion.at)));
            series.successor(Some(end_of_day(last)), done)?
        }
        Due::Local { .. } | Due::Instant { .. } => series.successor(Some(last), occasion.at)?,
    };
    let placed = Recurrence { occurrence: Some(next), depth: recurrence.depth + 1, ..recurrence.clone() };
    Some((due.moved_to(next, &series.zone), placed))
}

fn end_of_day(local: civil::DateTime) -> civil::DateTime {
    local.date().at(23, 59, 59, 999_999_999)
}

/// A task without a due date counts from its completion, and so does its series from here on.
fn undated(recurrence: &Recurrence, occasion: Occasion) -> Option<(Due, Recurrence)> {
    let series = recurrence.series.begun_at(occasion.at);
    let next = series.successor(None, occasion.at)?;
    let due = Due::Local { local: next, zone: series.zone.clone() };
    let depth = recurrence.depth + 1;
    Some((due, Recurrence { series_id: occasion.series_id, series, occurrence: Some(next), depth }))
}
