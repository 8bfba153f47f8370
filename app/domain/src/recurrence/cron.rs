//! Cron expressions of 5 fields, with the meaning of Vixie cron.

mod parse;
mod text;

use jiff::civil::{Date, DateTime, Time};

use super::calendar::{Day, Month, month_index};

/// Months after which the calendar repeats.
const MONTHS: i32 = 4800;

/// A checked cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    /// Sunday is 0.
    weekdays: Field,
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    /// The accepted numbers.
    bits: u64,
    /// The step of a field that begins with a star. Such a field does not restrict, for the rule on days, also with a step.
    star: Option<u8>,
}

impl Field {
    fn has(self, number: i8) -> bool {
        self.bits >> number & 1 == 1
    }

    /// The least accepted number that is not below `from`.
    fn at_or_after(self, from: i8) -> Option<i8> {
        let rest = self.bits.checked_shr(u32::try_from(from).ok()?).filter(|rest| *rest != 0)?;
        i8::try_from(rest.trailing_zeros()).ok().map(|more| from + more)
    }
}

impl Cron {
    /// The first time of the pattern at or after `from`. The days of the calendar repeat after 400 years.
    pub(super) fn at_or_after(&self, from: DateTime) -> Option<DateTime> {
        // Cron knows whole minutes.
        let whole = from.time().second() == 0 && from.time().subsec_nanosecond() == 0;
        let minute = from.time().minute() + i8::from(!whole);
        if self.allows_date(from.date())
            && let Some(time) = self.time_from(from.time().hour(), minute)
        {
            return Some(from.date().to_datetime(time));
        }
        let first = self.time_from(0, 0)?;
        self.date_from(from.date().tomorrow().ok()?).map(|date| date.to_datetime(first))
    }

    fn time_from(&self, hour: i8, minute: i8) -> Option<Time> {
        let same_hour =
            self.minutes.at_or_after(minute).filter(|_| self.hours.has(hour)).map(|minute| (hour, minute));
        let (hour, minute) = match same_hour {
            Some(time) => time,
            None => (self.hours.at_or_after(hour + 1)?, self.minutes.at_or_after(0)?),
        };
        Time::new(hour, minute, 0, 0).ok()
    }

    fn date_from(&self, from: Date) -> Option<Date> {
        let start = month_index(from);
        let months = (start..=start + MONTHS).map_while(Month::of);
        let months = months.filter(|month| self.months.has(month.number()));
        let fits = |day: &Day| self.allows_day(*day);
        months.flat_map(Month::days).filter(fits).filter_map(Day::date).find(|date| *date >= from)
    }

    fn allows_date(&self, date: Date) -> bool {
        let day = Month::of(month_index(date)).map(|month| month.day(date.day()));
        self.months.has(date.month()) && day.is_some_and(|day| self.allows_day(day))
    }

    /// When days of the month and days of the week are both restricted, one of them is enough.
    fn allows_day(&self, day: Day) -> bool {
        let of_month = self.days.has(day.number);
        let of_week = self.weekdays.has((day.weekday + 1) % 7);
        if self.days.star.is_some() || self.weekdays.star.is_some() {
            of_month && of_week
        } else {
            of_month || of_week
        }
    }
}
