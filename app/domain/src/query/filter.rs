//! Which tasks a listing selects.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Search;
use crate::invalid::Invalid;
use crate::task::{self, Priority};

/// Earliest instant of a filter: the year 1.
const FIRST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// First instant after the last of a filter: the year 9999.
const END: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// Which tasks a listing selects: those that pass each condition. Conditions that are none pass all. The JSON names a
/// filter: it has only what is set, so that later releases keep the names of today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TaskFilter {
    /// Words of title or description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// Whether it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<bool>,
    /// Its urgency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// One of its tags, as it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Due at this instant or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_before: Option<Timestamp>,
    /// Due at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_after: Option<Timestamp>,
    /// Whether it has reminders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_reminder: Option<bool>,
    /// Whether it is open and its due date has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_overdue: Option<bool>,
    /// Whether it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<bool>,
    /// Deleted tasks that can be restored, instead of all others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl TaskFilter {
    /// Reads the parameters by their names.
    pub(super) fn read(take: &mut impl FnMut(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut flag_of = |name| take(name).map(|text| flag(name, &text)).transpose();
        let (completed, recurring) = (flag_of("completed")?, flag_of("recurring")?);
        let (has_reminder, is_overdue) = (flag_of("has_reminder")?, flag_of("is_overdue")?);
        let deleted = flag_of("deleted")?.unwrap_or(false);
        let due_before = take("due_before").map(|text| until("due_before", &text)).transpose()?;
        let due_after = take("due_after").map(|text| from("due_after", &text)).transpose()?;
        if due_before.zip(due_after).is_some_and(|(before, after)| before < after) {
            return Err(Invalid::input("due_before", "must not be earlier than due_after"));
        }
        Ok(Self {
            search: take("search").map_or(Ok(None), |text| Search::read(&text))?,
            completed,
            priority: take("priority").map(|text| text.parse()).transpose()?,
            tag: take("tag").map(|text| task::tag("tag", &text)).transpose()?,
            due_before,
            due_after,
            has_reminder,
            is_overdue,
            recurring,
            deleted,
        })
    }
}

/// `true` or `false`.
pub fn flag(field: &str, text: &str) -> Result<bool, Invalid> {
    text.parse().map_err(|_| Invalid::input(field, "must be true or false"))
}

/// The first instant of a range: an instant (RFC 3339), or the start of a date in UTC.
pub fn from(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    bound(field, text, start_of)
}

/// The last instant of a range: an instant (RFC 3339), or the end of a date in UTC, which includes the whole day.
pub fn until(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    bound(field, text, |date| {
        let next = start_of(date.tomorrow().ok()?)?;
        next.checked_sub(SignedDuration::from_micros(1)).ok()
    })
}

fn start_of(date: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()
}

fn bound(field: &str, text: &str, of_date: impl Fn(Date) -> Option<Timestamp>) -> Result<Timestamp, Invalid> {
    // Longer texts are times, which a date would cut off silently.
    let at = if text.len() == 10 {
        Date::from_str(text).ok().and_then(of_date)
    } else {
        Timestamp::from_str(text).ok().and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
    };
    at.filter(|at| (FIRST..END).contains(at)).ok_or_else(|| {
        let detail = "must be a date such as 2026-02-10, or a time with an offset (RFC 3339) such as \
                      2026-02-10T09:00:00Z; a + is written %2B in a query string";
        Invalid::input(field, detail)
    })
}
