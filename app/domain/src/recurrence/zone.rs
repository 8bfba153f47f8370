//! Time zones by IANA name.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

/// Longest zone name that is looked up, in bytes; the longest of the database has 32.
const NAME_MAX: usize = 64;

/// A zone of the bundled IANA time zone database. UTC is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The instant of a local time. A local time that a change of the offset skips moves forward by as much as was
    /// skipped; of one that comes twice it is the first. Outside the years that a timestamp holds it is the nearest one.
    #[must_use]
    pub fn instant(&self, local: civil::DateTime) -> Timestamp {
        let edge = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
        self.exact(local).unwrap_or(edge)
    }

    /// The local time at an instant.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(at)
    }

    /// The name in the spelling of the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Like `instant`, but `None` outside the years that a timestamp holds.
    pub(super) fn exact(&self, local: civil::DateTime) -> Option<Timestamp> {
        self.0.to_timestamp(local).ok()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.as_str().to_owned()
    }
}

impl TryFrom<String> for Zone {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    /// Accepts the names and links of the database, in any case. "Factory" is a placeholder of the database, not a zone.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = text.len() <= NAME_MAX && !text.eq_ignore_ascii_case("Factory");
        let zone = known.then(|| TimeZoneDatabase::bundled().get(text).ok()).flatten();
        zone.filter(|zone| zone.iana_name().is_some()).map(Self).ok_or_else(|| Invalid {
            field: "zone".to_owned(),
            code: "invalid_zone",
            detail: "must be the name of an IANA time zone, such as Europe/Berlin or UTC; \
                     an offset such as +02:00 is not a zone"
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().expect("a zone")
    }

    fn instant(name: &str, local: civil::DateTime) -> String {
        zone(name).instant(local).to_string()
    }

    #[test]
    fn a_skipped_time_moves_forward_and_a_repeated_time_is_the_first() {
        assert_eq!(instant("Europe/Berlin", datetime(2026, 3, 29, 2, 30, 0, 0)), "2026-03-29T01:30:00Z");
        assert_eq!(instant("Europe/Berlin", datetime(2026, 10, 25, 2, 30, 0, 0)), "2026-10-25T00:30:00Z");
        assert_eq!(
            instant("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 10, 0, 0)),
            "2026-10-03T15:40:00Z"
        );
        assert_eq!(instant("Pacific/Apia", datetime(2011, 12, 30, 10, 0, 0, 0)), "2011-12-30T20:00:00Z");
    }

    #[test]
    fn names_are_taken_in_any_case_and_given_as_the_database_spells_them() {
        assert_eq!(zone("europe/berlin").to_string(), "Europe/Berlin");
        assert_eq!(zone("utc"), Zone::default());
        assert_eq!(zone("Asia/Calcutta").to_string(), "Asia/Calcutta");
        assert_eq!(serde_json::to_string(&zone("Asia/Kathmandu")).expect("json"), "\"Asia/Kathmandu\"");
        assert!(serde_json::from_str::<Zone>("\"Mars/Olympus\"").is_err());
    }

    #[test]
    fn offsets_abbreviations_and_the_machines_own_zone_are_refused() {
        let long = "x".repeat(10_000);
        for name in [
            "",
            "+02:00",
            "Local",
            "localtime",
            "CEST",
            "Etc/Unknown",
            "factory",
            "EST5EDT4",
            "../UTC",
            &long,
        ] {
            let error = name.parse::<Zone>().expect_err(name);
            assert_eq!((error.field.as_str(), error.code), ("zone", "invalid_zone"));
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for zone in [zone("Pacific/Apia"), zone("America/Adak"), Zone::default()] {
            assert_eq!(zone.instant(civil::DateTime::MAX), Timestamp::MAX);
            assert!(zone.instant(civil::DateTime::MIN) <= zone.instant(civil::DateTime::MAX));
            assert!(zone.local(Timestamp::MIN) < zone.local(Timestamp::MAX));
        }
    }
}
