//! Reads a cron expression.

use std::ops::RangeInclusive;

use jiff::civil::date;

use super::{Cron, Field};
use crate::invalid::Invalid;
use crate::recurrence::refused;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field is called and may hold.
struct Kind {
    name: &'static str,
    range: RangeInclusive<u8>,
    /// Names of the numbers, from the least on.
    names: &'static [&'static str],
    example: &'static str,
}

impl Cron {
    /// Reads upper-case text.
    pub(in crate::recurrence) fn parse(text: &str) -> Result<Self, Invalid> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else { return Err(count(fields.len())) };
        let none: &[&str] = &[];
        let kind = |name, range, names, example| Kind { name, range, names, example };
        let cron = Self {
            minutes: kind("minute", 0..=59, none, "*/15").parse(minutes)?,
            hours: kind("hour", 0..=23, none, "9-17").parse(hours)?,
            days: kind("day of month", 1..=31, none, "1,15").parse(days)?,
            months: kind("month", 1..=12, &MONTHS, "JAN-MAR").parse(months)?,
            weekdays: kind("day of week", 0..=7, &WEEKDAYS, "MON-FRI").parse(weekdays)?.with_one_sunday(),
        };
        if cron.date_from(date(2000, 1, 1)).is_none() {
            return Err(refused(
                "names no day that exists, as the 30th of February; a valid one is \"0 9 1 * *\"",
            ));
        }
        Ok(cron)
    }
}

fn count(fields: usize) -> Invalid {
    let why = if fields == 6 { "; seconds and years are not supported" } else { "" };
    refused(format!(
        "a cron expression has 5 fields (minute, hour, day of month, month, day of week), such as \"0 9 * * 1-5\"; \
         this has {fields}{why}"
    ))
}

impl Kind {
    fn parse(&self, text: &str) -> Result<Field, Invalid> {
        if text.contains(['?', 'L', 'W', '#']) && !self.names.iter().any(|name| text.contains(name)) {
            return Err(self.refuse(text, "the signs ?, L, W and # of Quartz are not supported"));
        }
        if let Some(rest) = text.strip_prefix('*') {
            return self.star(text, rest);
        }
        let mut bits = 0;
        for item in text.split(',') {
            bits |= self.item(item)?;
        }
        Ok(Field { bits, star: None })
    }

    /// `*` or `*/step`, alone in its field.
    fn star(&self, text: &str, rest: &str) -> Result<Field, Invalid> {
        let step = match rest.strip_prefix('/') {
            None if rest.is_empty() => 1,
            Some(step) => self.step(step)?,
            None => return Err(self.refuse(text, "a star stands alone or with a step")),
        };
        Ok(Field { bits: bits(self.range.clone(), step), star: Some(step) })
    }

    /// A number, a range, or a range with a step.
    fn item(&self, item: &str) -> Result<u64, Invalid> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (item, None),
        };
        let Some((from, to)) = range.split_once('-') else {
            if step.is_some() {
                let most = self.range.end();
                return Err(self.refuse(item, &format!("a step needs a range, such as \"{range}-{most}/2\"")));
            }
            return self.number(range).map(|number| 1 << number);
        };
        let (from, to) = (self.number(from)?, self.last(to)?);
        if from > to {
            return Err(self.refuse(item, "a range goes upwards; write two ranges instead"));
        }
        Ok(bits(from..=to, step.unwrap_or(1)))
    }

    /// The end of a range: Sunday as a name ends a week.
    fn last(&self, text: &str) -> Result<u8, Invalid> {
        if text == "SUN" && self.names == WEEKDAYS { self.within(text, 7) } else { self.number(text) }
    }

    fn number(&self, text: &str) -> Result<u8, Invalid> {
        let name = self.names.iter().position(|name| *name == text).and_then(|at| u8::try_from(at).ok());
        let number = match name {
            Some(position) => Some(self.range.start() + position),
            None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())),
        };
        number.ok_or_else(|| self.refuse(text, "not a number")).and_then(|number| self.within(text, number))
    }

    fn within(&self, text: &str, number: u8) -> Result<u8, Invalid> {
        let (least, most) = (self.range.start(), self.range.end());
        if self.range.contains(&number) {
            return Ok(number);
        }
        Err(self.refuse(text, &format!("it goes from {least} to {most}")))
    }

    fn step(&self, text: &str) -> Result<u8, Invalid> {
        let most = *self.range.end();
        let step = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        step.filter(|step| (1..=most).contains(step))
            .ok_or_else(|| self.refuse(text, &format!("a step goes from 1 to {most}")))
    }

    fn refuse(&self, text: &str, why: &str) -> Invalid {
        refused(format!(
            "the {} \"{text}\" of the cron expression is refused: {why}; valid is \"{}\"",
            self.name, self.example
        ))
    }
}

impl Field {
    /// 7 is Sunday, too.
    fn with_one_sunday(self) -> Field {
        Field { bits: (self.bits | self.bits >> 7 & 1) & 0x7f, ..self }
    }
}

fn bits(range: RangeInclusive<u8>, step: u8) -> u64 {
    range.step_by(usize::from(step)).fold(0, |bits, number| bits | 1 << number)
}
