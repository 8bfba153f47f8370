//! The accepted part of RFC 5545's RRULE.

mod expand;
mod parse;
mod text;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::calendar::Day;

/// A checked RRULE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rrule {
    freq: Freq,
    /// 1–1000.
    interval: u16,
    pub(super) end: End,
    pattern: Pattern,
    /// First day of a week: Monday is 0.
    week_start: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freq {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Where a rule ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Never,
    /// After so many occurrences, 1–1000.
    Count(u16),
    Until(Until),
}

/// The last moment of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The whole local day.
    Date(Date),
    Local(DateTime),
    Instant(Timestamp),
}

/// The BY… parts. An empty one does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pattern {
    /// Bit 1 is January.
    months: u16,
    /// Bit 1 is the first day of the month.
    month_days: u32,
    /// Bit 1 is the last day of the month.
    month_days_back: u32,
    /// Bit 0 is Monday.
    weekdays: u8,
    /// Weekdays with their number in the month or year, from the end when negative; sorted, without repetition.
    nth_weekdays: Vec<(i8, i8)>,
    /// Positions in the sorted occurrences of one period; sorted, without repetition.
    positions: Vec<i16>,
}

impl Rrule {
    /// Every seventh day.
    pub(super) const WEEKLY: Self =
        Self { freq: Freq::Weekly, interval: 1, end: End::Never, pattern: Pattern::NONE, week_start: 0 };
}

impl Pattern {
    const NONE: Self = Self {
        months: 0,
        month_days: 0,
        month_days_back: 0,
        weekdays: 0,
        nth_weekdays: Vec::new(),
        positions: Vec::new(),
    };

    fn has_days(&self) -> bool {
        self.has_month_days() || self.has_weekdays()
    }

    fn has_month_days(&self) -> bool {
        self.month_days != 0 || self.month_days_back != 0
    }

    fn has_weekdays(&self) -> bool {
        self.weekdays != 0 || !self.nth_weekdays.is_empty()
    }

    /// The pattern with what RFC 5545 takes from the start of the series: the day where no day is named.
    fn completed(&self, freq: Freq, first: Date) -> Self {
        let mut pattern = self.clone();
        if self.has_days() {
            return pattern;
        }
        match freq {
            Freq::Daily => {}
            Freq::Weekly => pattern.weekdays = 1 << first.weekday().to_monday_zero_offset(),
            Freq::Monthly => pattern.month_days = 1 << first.day(),
            Freq::Yearly => {
                pattern.month_days = 1 << first.day();
                if self.months == 0 {
                    pattern.months = 1 << first.month();
                }
            }
        }
        pattern
    }

    fn allows_month(&self, number: i8) -> bool {
        self.months == 0 || self.months >> number & 1 == 1
    }

    /// Whether the day fits, its month aside. Numbers of weekdays count in the year where no month is named.
    fn allows_day(&self, freq: Freq, day: Day) -> bool {
        self.allows_month_day(day) && self.allows_weekday(freq, day)
    }

    fn allows_month_day(&self, day: Day) -> bool {
        let back = day.month.len + 1 - day.number;
        !self.has_month_days()
            || self.month_days >> day.number & 1 == 1
            || self.month_days_back >> back & 1 == 1
    }

    fn allows_weekday(&self, freq: Freq, day: Day) -> bool {
        if !self.has_weekdays() || self.weekdays >> day.weekday & 1 == 1 {
            return true;
        }
        let of_year = freq == Freq::Yearly && self.months == 0;
        self.nth_weekdays.iter().any(|(nth, weekday)| {
            *weekday == day.weekday
                && if of_year { day.is_nth_of_year(*nth) } else { day.is_nth_of_month(*nth) }
        })
    }
}
