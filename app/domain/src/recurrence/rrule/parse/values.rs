//! The values of an RRULE's parts.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::super::text::WEEKDAYS;
use super::super::{Pattern, Until};
use crate::invalid::Invalid;
use crate::recurrence::refused;

/// The largest INTERVAL and COUNT.
const MOST: i16 = 1000;

/// The items of a list; none for a part that is not there.
pub(super) fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(','))
}

/// A whole number with an optional sign.
pub(super) fn number(name: &str, text: &str, range: RangeInclusive<i16>) -> Result<i16, Invalid> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        refused(format!(
            "{name} takes whole numbers from {least} to {most}, such as \"{name}={most}\", not \"{text}\""
        ))
    })
}

/// A number that counts from the end when it is negative.
pub(super) fn not_zero(name: &str, text: &str, most: i16) -> Result<i16, Invalid> {
    match number(name, text, -most..=most)? {
        0 => Err(refused(format!("{name} has no 0: 1 is the first and -1 the last, as in \"{name}=-1\""))),
        number => Ok(number),
    }
}

/// INTERVAL or COUNT.
pub(super) fn count_of(name: &str, text: &str) -> Result<u16, Invalid> {
    Ok(number(name, text, 1..=MOST)?.unsigned_abs())
}

/// A weekday as its two letters: Monday is 0.
pub(super) fn weekday(name: &str, text: &str) -> Result<i8, Invalid> {
    let position = WEEKDAYS.iter().position(|weekday| *weekday == text);
    position.and_then(|position| i8::try_from(position).ok()).ok_or_else(|| {
        refused(format!("{name} takes MO, TU, WE, TH, FR, SA or SU, as in \"{name}=MO\", not \"{text}\""))
    })
}

/// BYMONTHDAY.
pub(super) fn days_of_month(pattern: &mut Pattern, text: Option<&str>) -> Result<(), Invalid> {
    for day in list(text) {
        let day = not_zero("BYMONTHDAY", day, 31)?;
        let days = if day > 0 { &mut pattern.month_days } else { &mut pattern.month_days_back };
        *days |= 1 << day.abs();
    }
    Ok(())
}

/// BYDAY: weekdays with or without a number.
pub(super) fn weekdays(pattern: &mut Pattern, text: Option<&str>) -> Result<(), Invalid> {
    for item in list(text) {
        let letters = item.trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
        let weekday = weekday("BYDAY", letters)?;
        match &item[..item.len() - letters.len()] {
            "" => pattern.weekdays |= 1 << weekday,
            nth => {
                let nth = i8::try_from(not_zero("BYDAY", nth, 53)?).unwrap_or(i8::MAX);
                pattern.nth_weekdays.push((nth, weekday));
            }
        }
    }
    pattern.nth_weekdays.sort_unstable();
    pattern.nth_weekdays.dedup();
    Ok(())
}

/// UNTIL: a date, a local time, or a time in UTC with a Z.
pub(super) fn until(text: &str) -> Result<Until, Invalid> {
    let read = match text.split_once('T') {
        None => date(text).map(Until::Date),
        Some((day, time)) => match time.strip_suffix('Z') {
            None => local(day, time).map(Until::Local),
            Some(time) => {
                local(day, time).and_then(|at| TimeZone::UTC.to_timestamp(at).ok()).map(Until::Instant)
            }
        },
    };
    read.ok_or_else(|| {
        refused(format!("UNTIL is a date or a time, such as \"UNTIL=20301231\" or \"UNTIL=20301231T220000Z\", not \"{text}\""))
    })
}

fn local(day: &str, time: &str) -> Option<DateTime> {
    let [hour, minute, second] = [digits(time, 0..2)?, digits(time, 2..4)?, digits(time, 4..6)?];
    let [hour, minute, second] = [hour, minute, second].map(|number| i8::try_from(number).unwrap_or(i8::MAX));
    let time = Time::new(hour, minute, second, 0).ok().filter(|_| time.len() == 6)?;
    Some(date(day)?.to_datetime(time))
}

fn date(text: &str) -> Option<Date> {
    let [month, day] =
        [digits(text, 4..6)?, digits(text, 6..8)?].map(|number| i8::try_from(number).unwrap_or(i8::MAX));
    Date::new(digits(text, 0..4)?, month, day).ok().filter(|_| text.len() == 8)
}

fn digits(text: &str, range: std::ops::Range<usize>) -> Option<i16> {
    let digits = text.get(range)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}
