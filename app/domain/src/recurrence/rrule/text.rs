//! The canonical text of an RRULE: parts in a fixed order, defaults left out.

use std::fmt::{self, Display};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::{End, Freq, Pattern, Rrule, Until};

/// Weekdays as RFC 5545 writes them, from Monday.
pub(super) const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Freq {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl Display for Rrule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.freq.as_str())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        self.pattern.fmt(f)?;
        match weekday_name(self.week_start) {
            "MO" => Ok(()),
            name => write!(f, ";WKST={name}"),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        part(f, "BYMONTH", (1..=12).filter(|month| self.months >> month & 1 == 1))?;
        let forward = (1..=31).filter(|day| self.month_days >> day & 1 == 1);
        let back = (1..=31).filter(|day| self.month_days_back >> day & 1 == 1);
        part(f, "BYMONTHDAY", forward.chain(back.map(|day| -day)))?;
        let plain = (0_i8..7).filter(|weekday| self.weekdays >> weekday & 1 == 1);
        let plain = plain.map(|weekday| weekday_name(weekday).to_owned());
        let nth = self.nth_weekdays.iter().map(|(nth, weekday)| format!("{nth}{}", weekday_name(*weekday)));
        part(f, "BYDAY", plain.chain(nth))?;
        part(f, "BYSETPOS", self.positions.iter())
    }
}

impl Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(at) => date(f, *at),
            Self::Local(at) => local(f, *at),
            Self::Instant(at) => {
                local(f, TimeZone::UTC.to_datetime(*at))?;
                f.write_str("Z")
            }
        }
    }
}

/// Writes a part with a list, unless the list is empty.
fn part<T: Display>(f: &mut fmt::Formatter<'_>, name: &str, items: impl Iterator<Item = T>) -> fmt::Result {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    if items.is_empty() { Ok(()) } else { write!(f, ";{name}={}", items.join(",")) }
}

fn weekday_name(weekday: i8) -> &'static str {
    usize::try_from(weekday).ok().and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or("MO")
}

fn date(f: &mut fmt::Formatter<'_>, date: Date) -> fmt::Result {
    write!(f, "{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

fn local(f: &mut fmt::Formatter<'_>, at: DateTime) -> fmt::Result {
    let time: Time = at.time();
    date(f, at.date())?;
    write!(f, "T{:02}{:02}{:02}", time.hour(), time.minute(), time.second())
}
