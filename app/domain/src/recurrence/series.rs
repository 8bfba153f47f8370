//! The occurrences of one recurring task.

use std::iter;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::rrule::{End, Until};
use super::{Anchor, Rule, Zone, refused};
use crate::invalid::Invalid;

/// The shortest step of local time.
const STEP: SignedDuration = SignedDuration::from_nanos(1);

/// A rule in a zone, from a first local time on. Between two occurrences a series keeps no state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The pattern.
    pub rule: Rule,
    /// Where its local times are.
    pub zone: Zone,
    /// Where the series starts: the phase of intervals, the day of the month, the time of day. It is an occurrence, and
    /// counts for COUNT, only if the rule matches it.
    pub first: DateTime,
    /// What a successor counts from.
    pub anchor: Anchor,
}

/// One occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The local time that the rule gives. It names the occurrence within its series, also where the zone skips it.
    pub local: DateTime,
    /// When it is.
    pub instant: Timestamp,
}

impl Series {
    /// Checks a series that somebody asks for; a stored one was checked and is built as it is. Refuses a series without any occurrence, and COUNT with the anchor on completion: the start of such a series moves
    /// with each completion, so that nothing could be counted.
    pub fn new(rule: Rule, zone: Zone, first: DateTime, anchor: Anchor) -> Result<Self, Invalid> {
        if anchor == Anchor::Completion && matches!(rule.end(), End::Count(_)) {
            return Err(refused(
                "COUNT cannot be combined with the anchor \"completion\"; use UNTIL, such as \
                 \"FREQ=DAILY;UNTIL=20301231\", or the anchor \"due\"",
            ));
        }
        let series = Self { rule, zone, first, anchor };
        if series.occurrences(None).next().is_none() {
            return Err(refused(format!(
                "has no occurrence from {first} on; take another start, a later UNTIL, or a rule such as \"daily\""
            )));
        }
        Ok(series)
    }

    /// The first occurrence strictly after `after`, both in local time. `None` when the rule has ended, or when nothing
    /// follows up to the year 9999.
    #[must_use]
    pub fn next_after(&self, after: DateTime) -> Option<DateTime> {
        self.occurrences(Some(after)).next()
    }

    /// The occurrence that follows a completion. `occurrence` is the local time that the task was due: give the later of
    /// the occurrence and the due time when its owner has postponed it.
    ///
    /// Anchor due: the next one after `occurrence`, be it past or not. Anchor completion: the series is moved so that it
    /// starts on the local date of the completion, at its own time of day; the next one after that start and after the
    /// completion. A task without a due time (`None`) counts from the completion with either anchor: see `begun_at`.
    #[must_use]
    pub fn successor(&self, occurrence: Option<DateTime>, completed_at: Timestamp) -> Option<DateTime> {
        let Some(occurrence) = occurrence else {
            let begun = self.begun_at(completed_at);
            return begun.next_after(begun.first);
        };
        match self.anchor {
            Anchor::Due => self.next_after(occurrence),
            Anchor::Completion => {
                let completed = self.zone.local(completed_at);
                let first = completed.date().to_datetime(self.first.time());
                Self { first, ..self.clone() }.next_after(first.max(completed))
            }
        }
    }

    /// The series with its start moved to a completion, without seconds. Store it for a task that had no due time: the
    /// occurrences after the first successor keep its day and time of day.
    #[must_use]
    pub fn begun_at(&self, completed_at: Timestamp) -> Self {
        let local = self.zone.local(completed_at);
        Self { first: local.date().at(local.hour(), local.minute(), 0, 0), ..self.clone() }
    }

    /// At most `count` occurrences strictly after `after`; the caller bounds `count`.
    #[must_use]
    pub fn preview(&self, after: DateTime, count: usize) -> Vec<Occurrence> {
        let occurrence = |local| Occurrence { local, instant: self.zone.instant(local) };
        self.occurrences(Some(after)).take(count).map(occurrence).collect()
    }

    /// The occurrences strictly after `after`, all without it. COUNT is counted from the start of the series, and there
    /// are 1000 at most; everything else begins at `after`.
    fn occurrences(&self, after: Option<DateTime>) -> impl Iterator<Item = DateTime> {
        let (start, limit) = match (self.rule.end(), after) {
            (End::Count(count), _) => (Some(self.first), usize::from(count)),
            (_, Some(after)) => (after.checked_add(STEP).ok(), usize::MAX),
            (_, None) => (Some(self.first), usize::MAX),
        };
        let mut from = start;
        iter::from_fn(move || {
            let found = self.at_or_after(from?)?;
            from = found.checked_add(STEP).ok();
            Some(found)
        })
        .take(limit)
        .skip_while(move |at| after.is_some_and(|after| *at <= after))
    }

    /// The first occurrence at or after `from`, without COUNT.
    fn at_or_after(&self, from: DateTime) -> Option<DateTime> {
        let candidates =
            iter::successors(self.candidate(from), |at| self.candidate(at.checked_add(STEP).ok()?));
        candidates.into_iter().find(|at| !self.coincides(*at))
    }

    /// The first local time of the pattern at or after `from` that is neither beyond UNTIL nor beyond all instants.
    fn candidate(&self, from: DateTime) -> Option<DateTime> {
        let local = self.rule.at_or_after(self.first, from)?;
        let instant = self.zone.exact(local)?;
        let within = match self.rule.end() {
            End::Until(Until::Date(date)) => local.date() <= date,
            End::Until(Until::Local(until)) => local <= until,
            End::Until(Until::Instant(until)) => instant <= until,
            End::Never | End::Count(_) => true,
        };
        within.then_some(local)
    }

    /// Whether the zone skips a local time and the moment that it moves to is an occurrence anyway: nothing is due twice
    /// at once.
    fn coincides(&self, local: DateTime) -> bool {
        let moved = self.zone.local(self.zone.instant(local));
        moved != local && self.candidate(moved) == Some(moved)
    }
}
