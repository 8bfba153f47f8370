//! Reminders of a task: minutes before it is due.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::invalid::Invalid;
use crate::task::Due;

/// Most reminders of a task.
pub const REMINDERS_MAX: usize = 10;
/// Earliest reminder, in minutes before the due date: a week.
pub const MINUTES_BEFORE_MAX: u16 = 10_080;
/// Minutes before the due date when a reminder does not say.
pub const MINUTES_BEFORE_DEFAULT: u16 = 60;

/// The reminders of a task: checked, sorted, each once.
pub fn reminders(minutes: impl IntoIterator<Item = Option<i64>>) -> Result<Vec<u16>, Invalid> {
    let mut reminders = BTreeSet::new();
    for (position, minutes) in minutes.into_iter().enumerate() {
        let minutes = minutes.map_or(Some(MINUTES_BEFORE_DEFAULT), |minutes| u16::try_from(minutes).ok());
        let Some(minutes) = minutes.filter(|minutes| *minutes <= MINUTES_BEFORE_MAX) else {
            let field = format!("reminders[{position}].minutes_before");
            let detail = format!("must be a whole number from 0 to {MINUTES_BEFORE_MAX}");
            return Err(Invalid::input(&field, detail));
        };
        reminders.insert(minutes);
        if reminders.len() > REMINDERS_MAX {
            return Err(Invalid::input(
                "reminders",
                format!("must have at most {REMINDERS_MAX} different reminders"),
            ));
        }
    }
    Ok(reminders.into_iter().collect())
}

/// When a reminder fires; never without a due date.
#[must_use]
pub fn fire_at(due: Option<&Due>, minutes_before: u16) -> Option<Timestamp> {
    let lead = SignedDuration::from_mins(i64::from(minutes_before));
    due.map(|due| due.at().checked_sub(lead).unwrap_or(Timestamp::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_are_sorted_each_once_and_default_to_an_hour() {
        assert_eq!(reminders([Some(0), None, Some(30), Some(60)]), Ok(vec![0, 30, 60]));
    }

    #[test]
    fn a_reminder_out_of_range_is_named_by_its_position() {
        for minutes in [-5, 10_081, i64::MAX] {
            let refused = reminders([Some(1), Some(minutes)]).expect_err("out of range");
            assert_eq!(refused.field, "reminders[1].minutes_before");
        }
        assert_eq!(reminders((0..11).map(Some)).expect_err("eleven").field, "reminders");
    }

    #[test]
    fn a_reminder_fires_before_the_due_date_and_never_without_one() {
        let due = Due::Instant { instant: "2026-02-10T09:00:00Z".parse().expect("an instant") };
        assert_eq!(fire_at(Some(&due), 30).map(|at| at.to_string()).as_deref(), Some("2026-02-10T08:30:00Z"));
        assert_eq!(fire_at(None, 30), None);
    }
}
