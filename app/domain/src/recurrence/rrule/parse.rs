//! Reads an RRULE and refuses what it cannot mean.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{End, Freq, Pattern, Rrule};
use crate::invalid::Invalid;
use crate::recurrence::refused;

mod values;

use values::{count_of, days_of_month, list, not_zero, number, until, weekday, weekdays};

/// The parts by name.
type Parts<'a> = BTreeMap<&'a str, &'a str>;

impl Rrule {
    /// Reads upper-case text.
    pub(in crate::recurrence) fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = parts(text.strip_prefix("RRULE:").unwrap_or(text))?;
        let freq = parts
            .remove("FREQ")
            .ok_or_else(|| refused("an RRULE needs FREQ, such as \"FREQ=WEEKLY;BYDAY=MO\""))?;
        let rrule = Self {
            freq: freq.parse()?,
            interval: parts.remove("INTERVAL").map_or(Ok(1), |text| count_of("INTERVAL", text))?,
            end: end(&mut parts)?,
            week_start: parts.remove("WKST").map_or(Ok(0), |text| weekday("WKST", text))?,
            pattern: pattern(&mut parts)?,
        };
        if let Some(name) = parts.into_keys().next() {
            return Err(unknown(name));
        }
        rrule.check()?;
        Ok(rrule)
    }

    /// Refuses parts that contradict each other.
    fn check(&self) -> Result<(), Invalid> {
        let Pattern { positions, nth_weekdays, .. } = &self.pattern;
        if self.freq == Freq::Weekly && self.pattern.has_month_days() {
            return Err(refused(
                "BYMONTHDAY has no meaning with FREQ=WEEKLY; use FREQ=MONTHLY, such as \"FREQ=MONTHLY;BYMONTHDAY=1,15\"",
            ));
        }
        if !nth_weekdays.is_empty() && matches!(self.freq, Freq::Daily | Freq::Weekly) {
            return Err(refused(
                "a numbered weekday in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY, such as \"FREQ=MONTHLY;BYDAY=2TU\"",
            ));
        }
        let of_year = self.freq == Freq::Yearly && self.pattern.months == 0;
        if !of_year && nth_weekdays.iter().any(|(nth, _)| nth.abs() > 5) {
            return Err(refused(
                "a month has at most 5 of a weekday; BYDAY takes -5 to 5, such as \"BYDAY=-1FR\"",
            ));
        }
        if !positions.is_empty() && self.pattern.months == 0 && !self.pattern.has_days() {
            return Err(refused(
                "BYSETPOS needs another BY part to choose from, such as \"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1\"",
            ));
        }
        if !self.ever_matches() {
            return Err(refused(
                "names no day that exists, as the 30th of February; a valid one is \"FREQ=MONTHLY;BYMONTHDAY=-1\"",
            ));
        }
        Ok(())
    }
}

fn parts(text: &str) -> Result<Parts<'_>, Invalid> {
    let mut parts = Parts::new();
    for part in text.split(';') {
        let Some((name, value)) =
            part.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            return Err(refused(format!(
                "\"{part}\" is not NAME=VALUE; an RRULE looks like \"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR\""
            )));
        };
        if parts.insert(name, value).is_some() {
            return Err(refused(format!(
                "{name} is there twice; write its values in one list, such as \"BYDAY=MO,FR\""
            )));
        }
    }
    Ok(parts)
}

fn unknown(name: &str) -> Invalid {
    let why = match name {
        "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
            "is not supported: the time of day is that of the start; for several times a day use a cron \
             expression, such as \"0 9,17 * * *\""
        }
        "BYYEARDAY" | "BYWEEKNO" => {
            "is not supported; name months and days, such as \"FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\""
        }
        "DTSTART" | "TZID" | "RDATE" | "EXDATE" | "EXRULE" => {
            "does not belong to a rule: start and zone are those of the series; send only \"FREQ=…\""
        }
        _ => {
            "is not a part of an RRULE; there are FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS \
             and WKST, as in \"FREQ=MONTHLY;BYDAY=-1FR\""
        }
    };
    refused(format!("{name} {why}"))
}

fn end(parts: &mut Parts<'_>) -> Result<End, Invalid> {
    match (parts.remove("COUNT"), parts.remove("UNTIL")) {
        (Some(_), Some(_)) => {
            Err(refused("COUNT and UNTIL exclude each other; use one, such as \"FREQ=DAILY;COUNT=10\""))
        }
        (Some(count), None) => Ok(End::Count(count_of("COUNT", count)?)),
        (None, Some(text)) => Ok(End::Until(until(text)?)),
        (None, None) => Ok(End::Never),
    }
}

fn pattern(parts: &mut Parts<'_>) -> Result<Pattern, Invalid> {
    let mut pattern = Pattern::default();
    for month in list(parts.remove("BYMONTH")) {
        pattern.months |= 1 << number("BYMONTH", month, 1..=12)?;
    }
    days_of_month(&mut pattern, parts.remove("BYMONTHDAY"))?;
    weekdays(&mut pattern, parts.remove("BYDAY"))?;
    for position in list(parts.remove("BYSETPOS")) {
        pattern.positions.push(not_zero("BYSETPOS", position, 366)?);
    }
    pattern.positions.sort_unstable();
    pattern.positions.dedup();
    Ok(pattern)
}

impl FromStr for Freq {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "DAILY" => Ok(Self::Daily),
            "WEEKLY" => Ok(Self::Weekly),
            "MONTHLY" => Ok(Self::Monthly),
            "YEARLY" => Ok(Self::Yearly),
            "SECONDLY" | "MINUTELY" | "HOURLY" => Err(refused(format!(
                "FREQ={text} is not supported: a task recurs at most daily by an RRULE, because steps below a day are \
                 ambiguous when clocks change; for hours use a cron expression, such as \"0 */2 * * *\""
            ))),
            _ => Err(refused(format!(
                "FREQ={text} is unknown; it is DAILY, WEEKLY, MONTHLY or YEARLY, as in \"FREQ=YEARLY\""
            ))),
        }
    }
}
