//! When a recurring task comes again: rules, zones and series, evaluated without I/O.
//!
//! What repeats is the time on the wall: a rule yields local times, and the zone turns each into an instant.
//! `app/docs/recurrence.md` gives the grammar and every difference from python-dateutil, which the tests compare with.

mod anchor;
mod calendar;
mod cron;
mod rrule;
mod rule;
mod series;
mod zone;

pub use anchor::Anchor;
pub use rule::{RULE_MAX, Rule};
pub use series::{Occurrence, Series};
pub use zone::Zone;

use crate::invalid::Invalid;

/// A rule that is refused.
fn refused(detail: impl Into<String>) -> Invalid {
    Invalid { field: "recurrence.rule".to_owned(), code: "invalid_recurrence_rule", detail: detail.into() }
}

#[cfg(test)]
mod tests;
