//! Months and days of the calendar, numbered for arithmetic.

use jiff::civil::Date;

/// The last year in which an occurrence is searched.
pub(super) const LAST_YEAR: i16 = 9999;

/// A month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    first: Date,
    /// Its number of days.
    pub(super) len: i8,
    /// Weekday of its first day: Monday is 0.
    weekday: i8,
}

/// A day of a month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub(super) month: Month,
    /// From 1.
    pub(super) number: i8,
    /// Monday is 0.
    pub(super) weekday: i8,
}

/// The number of a date's month, counted from January of the year 0.
pub(super) fn month_index(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// Days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    // A difference of two dates in the years that jiff knows always fits.
    i32::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(i32::MAX)
}

/// The least of `start`, `start + interval`, `start + 2 * interval`… that is not below `from`.
pub(super) fn aligned(start: i32, from: i32, interval: i32) -> i32 {
    if from <= start { start } else { from + (start - from).rem_euclid(interval) }
}

impl Month {
    /// The month of an index, up to December of the last year.
    pub(super) fn of(index: i32) -> Option<Self> {
        let year = i16::try_from(index.div_euclid(12)).ok().filter(|year| *year <= LAST_YEAR)?;
        let month = i8::try_from(index.rem_euclid(12)).ok()? + 1;
        let first = Date::new(year, month, 1).ok()?;
        let weekday = first.weekday().to_monday_zero_offset();
        Some(Self { first, len: first.days_in_month(), weekday })
    }

    /// The month that follows, up to December of the last year.
    pub(super) fn next(self) -> Option<Self> {
        let (year, number) = match self.number() {
            12 => (self.first.year() + 1, 1),
            number => (self.first.year(), number + 1),
        };
        let first = Date::new(year, number, 1).ok().filter(|first| first.year() <= LAST_YEAR)?;
        Some(Self { first, len: first.days_in_month(), weekday: (self.weekday + self.len) % 7 })
    }

    /// 1–12.
    pub(super) fn number(self) -> i8 {
        self.first.month()
    }

    /// Its first day.
    pub(super) fn first(self) -> Date {
        self.first
    }

    /// One of its days, 1 to `len`.
    pub(super) fn day(self, number: i8) -> Day {
        Day { month: self, number, weekday: (self.weekday + number - 1) % 7 }
    }

    /// All its days.
    pub(super) fn days(self) -> impl Iterator<Item = Day> {
        (1..=self.len).map(move |day| self.day(day))
    }
}

impl Day {
    /// The date; `None` never happens for a day that the month has.
    pub(super) fn date(self) -> Option<Date> {
        Date::new(self.month.first.year(), self.month.number(), self.number).ok()
    }

    /// Whether it is the `nth` of its weekday in the month, from the end when negative.
    pub(super) fn is_nth_of_month(self, nth: i8) -> bool {
        is_nth(i16::from(nth), i16::from(self.number), i16::from(self.month.len))
    }

    /// Whether it is the `nth` of its weekday in the year, from the end when negative.
    pub(super) fn is_nth_of_year(self, nth: i8) -> bool {
        let before = self.month.first.day_of_year() - 1;
        is_nth(i16::from(nth), before + i16::from(self.number), self.month.first.days_in_year())
    }
}

fn is_nth(nth: i16, position: i16, len: i16) -> bool {
    if nth > 0 { (position - 1) / 7 + 1 == nth } else { (len - position) / 7 + 1 == -nth }
}
