//! The checked fields of a task that is about to be made.

use jiff::{Timestamp, civil};
use uuid::Uuid;

use super::{DESCRIPTION_MAX, Due, Priority, Recurrence, TITLE_MAX, Task};
use crate::invalid::{Invalid, check_text};
use crate::recurrence::{Anchor, Rule, Series, Zone};

/// A title as it is stored: trimmed and checked.
pub fn title(text: &str) -> Result<String, Invalid> {
    let title = text.trim();
    if title.is_empty() {
        return Err(Invalid::input("title", "must have at least 1 character besides white space"));
    }
    check_text("title", title, TITLE_MAX)?;
    Ok(title.to_owned())
}

/// A description, checked.
pub fn description(text: String) -> Result<String, Invalid> {
    check_text("description", &text, DESCRIPTION_MAX)?;
    Ok(text)
}

/// How a task is to repeat, as its user says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurrenceInput {
    /// The rule.
    pub rule: Rule,
    /// Zone of its wall clock. Default: that of the due date, else UTC.
    pub zone: Option<Zone>,
    /// From where the next occurrence counts.
    pub anchor: Anchor,
}

impl RecurrenceInput {
    /// The recurrence of a task that starts a series.
    pub fn into_recurrence(
        self,
        series_id: Uuid,
        due: Option<&Due>,
        now: Timestamp,
    ) -> Result<Recurrence, Invalid> {
        let own = due.and_then(Due::zone);
        if let (Some(zone), Some(own)) = (&self.zone, own)
            && zone != own
        {
            let detail = format!("must be the zone of the due date, {own}, or be left out");
            return Err(Invalid::input("recurrence.zone", detail));
        }
        let zone = self.zone.or_else(|| own.cloned()).unwrap_or_default();
        let occurrence = due.map(|due| due.local_in(&zone));
        let first = occurrence.unwrap_or_else(|| to_minute(zone.local(now)));
        let series = Series::new(self.rule, zone, first, self.anchor)?;
        Ok(Recurrence { series_id, series, occurrence, depth: 0 })
    }
}

/// Without seconds: what repeats by the clock needs none.
fn to_minute(local: civil::DateTime) -> civil::DateTime {
    local.date().at(local.hour(), local.minute(), 0, 0)
}

/// The checked fields of a task that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// From [`title`].
    pub title: String,
    /// From [`description`].
    pub description: Option<String>,
    /// Its urgency.
    pub priority: Priority,
    /// From [`super::tags`].
    pub tags: Vec<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// From [`super::reminders`].
    pub reminders: Vec<u16>,
    /// How it repeats.
    pub recurrence: Option<RecurrenceInput>,
}

impl Draft {
    /// A task with nothing but a title.
    pub fn titled(text: &str) -> Result<Self, Invalid> {
        Ok(Self {
            title: title(text)?,
            description: None,
            priority: Priority::default(),
            tags: Vec::new(),
            due: None,
            reminders: Vec::new(),
            recurrence: None,
        })
    }

    /// The task as it is stored for `user_id`; `series_id` is used if it repeats.
    pub fn into_task(
        self,
        id: Uuid,
        user_id: Uuid,
        series_id: Uuid,
        now: Timestamp,
    ) -> Result<Task, Invalid> {
        let due = self.due;
        let recurrence =
            self.recurrence.map(|input| input.into_recurrence(series_id, due.as_ref(), now)).transpose()?;
        Ok(Task {
            id,
            user_id,
            title: self.title,
            description: self.description,
            priority: self.priority,
            tags: self.tags,
            due,
            reminders: self.reminders,
            recurrence,
            predecessor_id: None,
            completed: false,
            completed_at: None,
            deleted_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_trimmed_and_its_limit_counts_characters() {
        let text = format!("  {}  ", "ü".repeat(TITLE_MAX));
        assert_eq!(title(&text).expect("fits").chars().count(), TITLE_MAX);
        let error = title(&"ü".repeat(TITLE_MAX + 1)).expect_err("one too many");
        assert_eq!((error.field.as_str(), error.code), ("title", "invalid_input"));
    }

    #[test]
    fn a_blank_title_a_nul_and_a_long_description_are_refused_by_field() {
        assert_eq!(title(" \t ").expect_err("blank").field, "title");
        assert_eq!(title("a\0b").expect_err("nul").field, "title");
        assert_eq!(description("x".repeat(DESCRIPTION_MAX + 1)).expect_err("long").field, "description");
    }

    #[test]
    fn a_recurrence_takes_the_zone_of_the_due_date_and_refuses_another() {
        let due = Due::Date { date: civil::date(2026, 2, 10), zone: "Asia/Karachi".parse().expect("a zone") };
        let input = |zone: Option<&str>| RecurrenceInput {
            rule: "weekly".parse().expect("a rule"),
            zone: zone.map(|name| name.parse().expect("a zone")),
            anchor: Anchor::Due,
        };
        let recurrence =
            input(None).into_recurrence(Uuid::nil(), Some(&due), Timestamp::UNIX_EPOCH).expect("valid");
        assert_eq!(recurrence.series.zone.to_string(), "Asia/Karachi");
        assert_eq!(recurrence.occurrence, Some(civil::date(2026, 2, 10).at(0, 0, 0, 0)));
        let other = input(Some("UTC")).into_recurrence(Uuid::nil(), Some(&due), Timestamp::UNIX_EPOCH);
        assert_eq!(other.expect_err("two zones").field, "recurrence.zone");
    }

    proptest! {
        #[test]
        fn an_accepted_title_is_within_its_limits(text in ".{0,300}") {
            if let Ok(title) = title(&text) {
                prop_assert!((1..=TITLE_MAX).contains(&title.chars().count()));
                prop_assert_eq!(title.trim(), title.as_str());
                prop_assert!(!title.contains('\0'));
            }
        }
    }
}
