mod cron;
mod properties;
mod rrule;
mod series;
mod text;

use jiff::civil::{DateTime, date};

use super::{Anchor, Rule, Series};
use crate::invalid::Invalid;

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error: Invalid| panic!("{text}: {error}"))
}

fn at(text: &str) -> DateTime {
    text.parse().expect("a local time")
}

fn series(text: &str, zone: &str, first: &str) -> Series {
    let zone = zone.parse().expect("a zone");
    Series { rule: rule(text), zone, first: at(first), anchor: Anchor::Due }
}

/// The first `count` dates of a rule in UTC, the start included if it matches.
fn dates(text: &str, first: &str, count: usize) -> Vec<String> {
    let series = series(text, "UTC", first);
    let before = series.first.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(date(1, 1, 1).into());
    series.preview(before, count).iter().map(|occurrence| occurrence.local.date().to_string()).collect()
}
