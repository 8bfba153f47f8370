//! The text of a rule: words, cron expressions and RRULEs.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::calendar::{LAST_YEAR, Month, month_index};
use super::cron::Cron;
use super::refused;
use super::rrule::{End, Rrule};
use crate::invalid::Invalid;

/// Longest text of a rule, in characters.
pub const RULE_MAX: usize = 255;

/// A checked recurrence rule; as text it is in one canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Daily,
    Weekly,
    Monthly,
    Cron(Cron),
    Rrule(Rrule),
}

impl Rule {
    /// Where the rule ends by itself.
    pub(super) fn end(&self) -> End {
        match &self.0 {
            Kind::Rrule(rrule) => rrule.end,
            _ => End::Never,
        }
    }

    /// The first local time of the pattern at or after `from`, in a series that starts at `first`. The end of the rule is
    /// the caller's.
    pub(super) fn at_or_after(&self, first: DateTime, from: DateTime) -> Option<DateTime> {
        let from = from.max(first);
        if let Kind::Cron(cron) = &self.0 {
            return cron.at_or_after(from);
        }
        let date = if from.time() <= first.time() { from.date() } else { from.date().tomorrow().ok()? };
        let next = match &self.0 {
            Kind::Daily => Some(date),
            Kind::Weekly => Rrule::WEEKLY.date_from(first.date(), date),
            Kind::Monthly => same_day_of_month(first.date(), date),
            Kind::Rrule(rrule) => rrule.date_from(first.date(), date),
            Kind::Cron(_) => None,
        };
        next.filter(|date| date.year() <= LAST_YEAR).map(|date| date.to_datetime(first.time()))
    }
}

/// The first date at or after `from` that has the day of `first`, or the last day of a shorter month.
fn same_day_of_month(first: Date, from: Date) -> Option<Date> {
    let index = month_index(from);
    [index, index + 1].into_iter().find_map(|index| {
        let month = Month::of(index)?;
        month.day(first.day().min(month.len)).date().filter(|date| *date >= from)
    })
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Daily => f.write_str("daily"),
            Kind::Weekly => f.write_str("weekly"),
            Kind::Monthly => f.write_str("monthly"),
            Kind::Cron(cron) => cron.fmt(f),
            Kind::Rrule(rrule) => rrule.fmt(f),
        }
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for Rule {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl FromStr for Rule {
    type Err = Invalid;

    /// White space around the rule does not matter, and neither do upper and lower case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if length > RULE_MAX {
            return Err(refused(format!("must have at most {RULE_MAX} characters, has {length}")));
        }
        let text = text.trim().to_ascii_uppercase();
        match text.as_str() {
            "DAILY" => Ok(Self(Kind::Daily)),
            "WEEKLY" => Ok(Self(Kind::Weekly)),
            "MONTHLY" => Ok(Self(Kind::Monthly)),
            _ if text.starts_with("RRULE:") || text.contains('=') => {
                Rrule::parse(&text).map(Kind::Rrule).map(Self)
            }
            _ if text.starts_with('@') => Err(refused(
                "words with @ are not supported; write a cron expression of 5 fields, such as \"0 0 * * *\" for @daily",
            )),
            _ if looks_like_cron(&text) => Cron::parse(&text).map(Kind::Cron).map(Self),
            _ => Err(refused(
                "must be daily, weekly, monthly, a cron expression of 5 fields such as \"0 9 * * 1-5\", \
                 or an RRULE such as \"FREQ=MONTHLY;BYMONTHDAY=-1\"",
            )),
        }
    }
}

/// A cron expression starts with its minutes. What has words only is a sentence and gets the general answer.
fn looks_like_cron(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || "*?-".contains(first))
}
