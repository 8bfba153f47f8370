//! The dates of an RRULE, period by period.
//!
//! The calendar repeats every 400 years, and so does a rule, at the latest after 400 years for each step of its interval:
//! a search that has seen every phase without a match ends.

use std::iter;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::{Freq, Pattern, Rrule};
use crate::recurrence::calendar::{Day, LAST_YEAR, Month, aligned, days_between, month_index};

/// Years, months and weeks after which the calendar repeats.
const YEARS: usize = 400;
const MONTHS: usize = YEARS * 12;
const WEEKS: usize = 20_871;

impl Rrule {
    /// The first date of the pattern that is at or after `from`, in a series that starts on `first`.
    pub(in crate::recurrence) fn date_from(&self, first: Date, from: Date) -> Option<Date> {
        let pattern = self.pattern.completed(self.freq, first);
        let search = Search {
            pattern,
            interval: i32::from(self.interval),
            first,
            from: from.max(first),
            freq: self.freq,
        };
        match self.freq {
            Freq::Daily => search.daily(),
            Freq::Weekly => search.weekly(self.week_start),
            Freq::Monthly => search.monthly(),
            Freq::Yearly => search.yearly(),
        }
    }

    /// Whether some date of the calendar fits, whatever the start of the series is.
    pub(super) fn ever_matches(&self) -> bool {
        let first = Date::constant(2000, 1, 1);
        Self { interval: 1, ..self.clone() }.date_from(first, first).is_some()
    }
}

struct Search {
    pattern: Pattern,
    freq: Freq,
    interval: i32,
    first: Date,
    from: Date,
}

impl Search {
    /// Goes by months, so that months without a match cost next to nothing.
    fn daily(&self) -> Option<Date> {
        let pattern = &self.pattern;
        let weekday_fits = self.interval % 7 != 0
            || pattern.weekdays == 0
            || pattern.weekdays >> weekday(self.first) & 1 == 1;
        if !self.some_position_within(1) || !weekday_fits {
            return None;
        }
        let mut month = Month::of(month_index(self.from))?;
        let from = days_between(self.first, self.from);
        let mut before = days_between(self.first, month.first());
        for _ in 0..MONTHS * usize::try_from(self.interval).ok()? {
            if pattern.allows_month(month.number())
                && let Some(date) = self.daily_in(month, before, aligned(0, from.max(before), self.interval))
            {
                return Some(date);
            }
            before += i32::from(month.len);
            month = month.next()?;
        }
        None
    }

    /// The first match in a month that begins `before` days after `first`, from the day `start` on.
    fn daily_in(&self, month: Month, before: i32, start: i32) -> Option<Date> {
        let step = usize::try_from(self.interval).ok()?;
        let days = (start..before + i32::from(month.len)).step_by(step);
        let mut days =
            days.filter_map(|at| i8::try_from(at - before + 1).ok()).map(|number| month.day(number));
        days.find(|day| self.pattern.allows_day(self.freq, *day)).and_then(Day::date)
    }

    fn weekly(&self, week_start: i8) -> Option<Date> {
        if !self.some_position_within(self.pattern.weekdays.count_ones()) {
            return None;
        }
        // Days are counted from `first`, weeks from the one that holds it.
        let start = -i32::from((weekday(self.first) - week_start).rem_euclid(7));
        let week = (days_between(self.first, self.from) - start).div_euclid(7);
        let periods = (0_i32..).map(|n| aligned(0, week, self.interval) + n * self.interval).take(WEEKS);
        let mut dates = periods.map_while(|week| self.add_days(start + 7 * week));
        dates.find_map(|monday| self.choose(self.days_of_week(monday)))
    }

    /// Whether BYSETPOS can choose from a period with so many days at most.
    fn some_position_within(&self, days: u32) -> bool {
        let positions = &self.pattern.positions;
        positions.is_empty() || positions.iter().any(|position| u32::from(position.unsigned_abs()) <= days)
    }

    fn monthly(&self) -> Option<Date> {
        let start = month_index(self.first);
        let index = aligned(start, month_index(self.from), self.interval);
        let periods = (0_i32..).map(|n| index + n * self.interval).take(MONTHS);
        periods.map_while(Month::of).find_map(|month| self.choose(self.days_of_month(month)))
    }

    fn yearly(&self) -> Option<Date> {
        let year = aligned(i32::from(self.first.year()), i32::from(self.from.year()), self.interval);
        let periods = (0_i32..).map(|n| year + n * self.interval).take(YEARS);
        periods.take_while(|year| *year <= i32::from(LAST_YEAR)).find_map(|year| {
            let months = (0..12).filter_map(|month| Month::of(year * 12 + month));
            self.choose(months.flat_map(|month| self.days_of_month(month)).collect())
        })
    }

    fn days_of_week(&self, start: Date) -> Vec<Date> {
        let fits = |date: &Date| {
            self.pattern.allows_month(date.month()) && self.pattern.weekdays >> weekday(*date) & 1 == 1
        };
        iter::successors(Some(start), |date| date.tomorrow().ok()).take(7).filter(fits).collect()
    }

    fn days_of_month(&self, month: Month) -> Vec<Date> {
        if !self.pattern.allows_month(month.number()) {
            return Vec::new();
        }
        month.days().filter(|day| self.pattern.allows_day(self.freq, *day)).filter_map(Day::date).collect()
    }

    /// The first date at or after `from` among those of one period that BYSETPOS takes.
    fn choose(&self, period: Vec<Date>) -> Option<Date> {
        let positions = &self.pattern.positions;
        let at = |position: i16| -> Option<Date> {
            let offset = usize::from(position.unsigned_abs()) - 1;
            if position > 0 { period.get(offset) } else { period.iter().nth_back(offset) }.copied()
        };
        if positions.is_empty() {
            return period.into_iter().find(|date| *date >= self.from);
        }
        positions.iter().filter_map(|position| at(*position)).filter(|date| *date >= self.from).min()
    }

    fn add_days(&self, days: i32) -> Option<Date> {
        self.first.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
    }
}

fn weekday(date: Date) -> i8 {
    date.weekday().to_monday_zero_offset()
}
