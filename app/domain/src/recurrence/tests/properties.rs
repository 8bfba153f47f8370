use jiff::civil::{Date, DateTime, date};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Anchor, Rule, Series, Zone};

/// Zones with rare rules: half an hour, two hours, a skipped day, a negative summer time.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "America/St_Johns",
];

fn zones() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(|name| name.parse().expect("a zone"))
}

fn local_times() -> impl Strategy<Value = DateTime> {
    (1990_i16..2040, 1_i8..=12, 1_i8..=31, 0_i8..24, 0_i8..60).prop_map(|(year, month, day, hour, minute)| {
        let month = date(year, month, 1);
        date(year, month.month(), day.min(month.days_in_month())).at(hour, minute, 0, 0)
    })
}

/// Texts of rules, nearly all of them valid.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![Just("daily".to_owned()), Just("weekly".to_owned()), Just("monthly".to_owned())];
    let field = |most: u8| {
        prop_oneof![
            Just("*".to_owned()),
            (1..=most).prop_map(|step| format!("*/{step}")),
            prop::collection::vec(1..=most, 1..6)
                .prop_map(|list| { list.iter().map(u8::to_string).collect::<Vec<_>>().join(",") }),
        ]
    };
    let cron = (field(59), field(23), field(28), field(12), field(7))
        .prop_map(|(a, b, c, d, e)| format!("{a} {b} {c} {d} {e}"));
    prop_oneof![word, cron, rrules()]
}

fn rrules() -> impl Strategy<Value = String> {
    let freq = select(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][..]);
    let interval = prop_oneof![Just(String::new()), (1..=1000).prop_map(|n| format!(";INTERVAL={n}"))];
    let end = prop_oneof![
        Just(String::new()),
        (1..50).prop_map(|n| format!(";COUNT={n}")),
        (1990..2060).prop_map(|year| format!(";UNTIL={year}0615")),
        (1990..2060).prop_map(|year| format!(";UNTIL={year}0615T120000Z")),
    ];
    let by = prop_oneof![
        Just(String::new()),
        (-31..=31).prop_map(|day| format!(";BYMONTHDAY={day}")),
        (-5..=5, select(&["MO", "WE", "SU"][..])).prop_map(|(nth, day)| format!(";BYDAY={nth}{day}")),
        select(&["MO,TU,SU", "FR", "SA,MO"][..]).prop_map(|days| format!(";BYDAY={days}")),
        (1..=12, -4..4).prop_map(|(month, at)| format!(";BYMONTH={month};BYDAY=MO,TH;BYSETPOS={at}")),
    ];
    let start = select(&["", ";WKST=SU", ";WKST=TH"][..]);
    (freq, interval, end, by, start)
        .prop_map(|(freq, interval, end, by, start)| format!("FREQ={freq}{interval}{end}{by}{start}"))
}

fn all_series() -> impl Strategy<Value = Series> {
    (texts(), zones(), local_times()).prop_filter_map("refused", |(text, zone, first)| {
        let rule = text.parse().ok()?;
        Some(Series { rule, zone, first, anchor: Anchor::Due })
    })
}

/// A month later than a date by so many months, as its index from the year 0.
fn month_index(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month())
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_accepted_has_one_spelling(text in "\\PC{0,300}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn no_text_of_the_signs_of_rules_panics(text in "[0-9*/,;=:A-Z +-]{0,300}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn the_canonical_text_is_short_and_parses_to_the_same_rule(text in texts()) {
        if let Ok(rule) = text.parse::<Rule>() {
            let canonical = rule.to_string();
            prop_assert!(canonical.len() <= super::super::RULE_MAX);
            let again: Rule = canonical.parse().expect("its own text");
            prop_assert_eq!(again.to_string(), canonical);
            prop_assert_eq!(again, rule);
        }
    }

    #[test]
    fn the_longest_lists_of_cron_fit(masks in (1_u64..1 << 60, 1_u64..1 << 24, 1_u64..1 << 31, 1_u64..1 << 12, 1_u64..1 << 7)) {
        let list = |mask: u64, least: u64| {
            (0..60).filter(|bit| mask >> bit & 1 == 1).map(|bit| (bit + least).to_string()).collect::<Vec<_>>().join(",")
        };
        let (a, b, c, d, e) = masks;
        let text = format!("{} {} {} {} {}", list(a, 0), list(b, 0), list(c, 1), list(d, 1), list(e, 0));
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn occurrences_increase_and_none_is_at_or_before_what_was_asked(series in all_series(), after in local_times()) {
        let preview = series.preview(after, 6);
        prop_assert!(preview.iter().all(|occurrence| occurrence.local > after && occurrence.local >= series.first));
        prop_assert!(preview.windows(2).all(|pair| pair[0].local < pair[1].local));
        prop_assert!(preview.windows(2).all(|pair| pair[0].instant != pair[1].instant));
    }

    #[test]
    fn a_preview_is_the_chain_of_the_next_ones(series in all_series(), after in local_times()) {
        let mut at = after;
        for occurrence in series.preview(after, 4) {
            prop_assert_eq!(series.next_after(at), Some(occurrence.local));
            prop_assert_eq!(series.zone.instant(occurrence.local), occurrence.instant);
            at = occurrence.local;
        }
    }

    #[test]
    fn nothing_lies_between_an_occurrence_and_the_next(series in all_series(), after in local_times()) {
        if let Some(next) = series.next_after(after) {
            let middle = after + (next.duration_since(after) / 2);
            prop_assert_eq!(series.next_after(middle.min(next - jiff::SignedDuration::from_nanos(1))), Some(next));
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_panic(text in texts(), zone in zones(), years in (-9999_i16..=9999, -9999_i16..=9999)) {
        if let Ok(rule) = text.parse() {
            let first = date(years.0, 12, 31).at(23, 59, 0, 0);
            let series = Series { rule, zone, first, anchor: Anchor::Due };
            let next = series.next_after(date(years.1, 1, 1).into());
            prop_assert!(next.is_none_or(|next| next >= first));
        }
    }

    #[test]
    fn monthly_never_drifts(first in local_times(), zone in zones(), months in 0_usize..600) {
        let series = Series { rule: "monthly".parse().expect("a word"), zone, first, anchor: Anchor::Due };
        let preview = series.preview(first, months + 1);
        for (before, occurrence) in (1..).zip(&preview) {
            let day = occurrence.local.date();
            // A skipped day may be left out where the clamped one is due anyway, never in these zones.
            prop_assert_eq!(month_index(day), month_index(first.date()) + before);
            prop_assert_eq!(day.day(), first.day().min(day.days_in_month()));
            prop_assert_eq!(occurrence.local.time(), first.time());
        }
    }

    #[test]
    fn a_successor_by_due_date_is_the_next_one(series in all_series(), occurrence in local_times(), done in 0_i64..2_000_000_000) {
        let done = jiff::Timestamp::from_second(done).expect("an instant");
        prop_assert_eq!(series.successor(Some(occurrence), done), series.next_after(occurrence));
        let moved = Series { anchor: Anchor::Completion, ..series };
        if let Some(next) = moved.successor(Some(occurrence), done) {
            prop_assert!(next > moved.zone.local(done));
        }
    }
}
