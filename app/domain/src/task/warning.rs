//! What is allowed and probably not meant.

use jiff::Timestamp;

use super::{DEPTH_MAX, Task, fire_at};

/// A remark about an accepted change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable word for programs.
    pub code: &'static str,
    /// The field.
    pub field: &'static str,
    /// Sentence for people.
    pub detail: &'static str,
}

/// Remarks about a task as it is after a change.
#[must_use]
pub fn warnings(task: &Task, now: Timestamp) -> Vec<Warning> {
    if task.completed {
        return ended(task).into_iter().collect();
    }
    let past = task.is_overdue(now);
    let late = |minutes: &u16| fire_at(task.due.as_ref(), *minutes).is_some_and(|at| at <= now);
    let found = [
        past.then_some(("due_in_past", "due", "the due date has passed")),
        (task.due.is_none() && !task.reminders.is_empty()).then_some((
            "reminder_without_due",
            "reminders",
            "reminders need a due date: they fire once there is one",
        )),
        (!past && task.reminders.iter().any(late)).then_some((
            "reminder_in_past",
            "reminders",
            "the time of a reminder has passed",
        )),
        (task.due.is_none() && task.recurrence.is_some()).then_some((
            "recurrence_without_due",
            "recurrence",
            "without a due date the next occurrence counts from the completion",
        )),
    ];
    found.into_iter().flatten().map(|(code, field, detail)| Warning { code, field, detail }).collect()
}

/// The end of a chain is told to its user.
fn ended(task: &Task) -> Option<Warning> {
    let last = task.recurrence.as_ref().is_some_and(|recurrence| recurrence.depth >= DEPTH_MAX);
    last.then_some(Warning {
        code: "recurrence_depth_reached",
        field: "recurrence",
        detail: "the chain has its longest length, 1000: there is no next occurrence",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Draft, Due};

    fn codes(due: Option<&str>, reminders: Vec<u16>) -> Vec<&'static str> {
        let due = due.map(|at| Due::Instant { instant: at.parse().expect("an instant") });
        let draft = Draft { due, reminders, ..Draft::titled("milk").expect("a title") };
        let now = "2026-02-10T09:00:00Z".parse().expect("an instant");
        let task = draft.into_task(uuid::Uuid::nil(), uuid::Uuid::nil(), uuid::Uuid::nil(), now);
        warnings(&task.expect("valid"), now).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn a_past_due_date_a_past_reminder_and_a_reminder_without_a_date_are_told() {
        assert_eq!(codes(Some("2026-02-10T08:00:00Z"), vec![30]), ["due_in_past"]);
        assert_eq!(codes(Some("2026-02-10T09:30:00Z"), vec![10, 60]), ["reminder_in_past"]);
        assert_eq!(codes(None, vec![60]), ["reminder_without_due"]);
        assert_eq!(codes(Some("2026-02-11T09:30:00Z"), vec![60]), Vec::<&str>::new());
    }
}
