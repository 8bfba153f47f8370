//! When a task is due: a date, a local time, or an instant.

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use crate::recurrence::Zone;

/// Due date of a task. A date or a local time keeps its wall-clock value when the rules of its zone change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Due {
    /// A time of a clock on a wall in `zone`.
    Local {
        /// Without an offset.
        local: civil::DateTime,
        /// IANA name.
        zone: Zone,
    },
    /// A whole day in `zone`.
    Date {
        /// The day.
        date: civil::Date,
        /// IANA name.
        zone: Zone,
    },
    /// A point in time, the same everywhere.
    Instant {
        /// In UTC.
        instant: Timestamp,
    },
}

impl Due {
    /// The instant by which tasks are sorted and from which reminders count: the start of a date.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Local { local, zone } => zone.instant(*local),
            Self::Date { date, zone } => zone.instant(date.at(0, 0, 0, 0)),
            Self::Instant { instant } => *instant,
        }
    }

    /// From when an open task is overdue: the end of a date, else [`Due::at`].
    #[must_use]
    pub fn overdue_at(&self) -> Timestamp {
        match self {
            Self::Date { date, zone } => {
                date.tomorrow().map_or(Timestamp::MAX, |next| zone.instant(next.at(0, 0, 0, 0)))
            }
            _ => self.at(),
        }
    }

    /// The zone, unless the due date is an instant.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Local { zone, .. } | Self::Date { zone, .. } => Some(zone),
            Self::Instant { .. } => None,
        }
    }

    /// The wall-clock value in `zone`, from which a recurrence counts.
    #[must_use]
    pub fn local_in(&self, zone: &Zone) -> civil::DateTime {
        match self {
            Self::Local { local, zone: own } if own == zone => *local,
            Self::Date { date, zone: own } if own == zone => date.at(0, 0, 0, 0),
            _ => zone.local(self.at()),
        }
    }

    /// The due date of another occurrence: of the same kind, in the zone of the recurrence.
    #[must_use]
    pub fn moved_to(&self, local: civil::DateTime, zone: &Zone) -> Self {
        match self {
            Self::Local { .. } => Self::Local { local, zone: zone.clone() },
            Self::Date { .. } => Self::Date { date: local.date(), zone: zone.clone() },
            Self::Instant { .. } => Self::Instant { instant: zone.instant(local) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().expect("a zone")
    }

    #[test]
    fn a_date_is_overdue_when_it_has_ended_in_its_zone() {
        let due = Due::Date { date: civil::date(2026, 2, 10), zone: zone("Asia/Karachi") };
        assert_eq!(due.at().to_string(), "2026-02-09T19:00:00Z");
        assert_eq!(due.overdue_at().to_string(), "2026-02-10T19:00:00Z");
    }

    #[test]
    fn the_last_day_of_the_calendar_is_never_overdue() {
        let due = Due::Date { date: civil::Date::MAX, zone: Zone::default() };
        assert_eq!(due.overdue_at(), Timestamp::MAX);
    }

    #[test]
    fn each_kind_survives_its_json() {
        for json in [
            r#"{"date":"2026-02-10","zone":"Europe/Berlin"}"#,
            r#"{"local":"2026-02-10T09:00:00","zone":"Europe/Berlin"}"#,
            r#"{"instant":"2026-02-10T09:00:00Z"}"#,
        ] {
            let due: Due = serde_json::from_str(json).expect("a due date");
            assert_eq!(serde_json::to_string(&due).expect("JSON"), json);
        }
    }

    #[test]
    fn an_instant_moves_by_the_wall_clock_of_the_recurrence() {
        let berlin = zone("Europe/Berlin");
        let due = Due::Instant { instant: "2026-03-28T08:00:00Z".parse().expect("an instant") };
        let next = due.local_in(&berlin).checked_add(jiff::Span::new().days(1)).expect("in range");
        let moved = due.moved_to(next, &berlin);
        assert_eq!(moved.at().to_string(), "2026-03-29T07:00:00Z");
    }
}
