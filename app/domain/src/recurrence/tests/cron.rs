use super::super::Rule;
use super::{at, rule, series};

fn times(text: &str, first: &str, count: usize) -> Vec<String> {
    let series = series(text, "UTC", first);
    series.preview(series.first, count).iter().map(|occurrence| occurrence.local.to_string()).collect()
}

#[test]
fn lists_ranges_steps_and_names_are_understood() {
    assert_eq!(
        times("*/20 9 * * *", "2026-01-01T09:00", 3),
        ["2026-01-01T09:20:00", "2026-01-01T09:40:00", "2026-01-02T09:00:00"]
    );
    assert_eq!(
        times("0 9 * JAN,mar MON-fri", "2026-01-30T10:00", 2),
        ["2026-03-02T09:00:00", "2026-03-03T09:00:00"]
    );
    assert_eq!(
        times("30 8-18/5 1 * *", "2026-01-01T08:30", 3),
        ["2026-01-01T13:30:00", "2026-01-01T18:30:00", "2026-02-01T08:30:00"]
    );
}

#[test]
fn sunday_is_0_and_7_and_ends_a_week_by_its_name() {
    for text in ["0 9 * * 0", "0 9 * * 7", "0 9 * * SUN"] {
        assert_eq!(rule(text).to_string(), "0 9 * * 0");
    }
    assert_eq!(rule("0 9 * * FRI-SUN"), rule("0 9 * * 5-7"));
    assert_eq!(rule("0 9 * * 5-7").to_string(), "0 9 * * 0,5-6");
}

#[test]
fn restricted_days_of_month_and_week_are_joined_by_or() {
    // The 13th, or a Friday.
    let days = times("0 0 13 * FRI", "2026-01-10T00:00", 4);
    assert_eq!(
        days,
        ["2026-01-13T00:00:00", "2026-01-16T00:00:00", "2026-01-23T00:00:00", "2026-01-30T00:00:00"]
    );
}

#[test]
fn a_field_that_begins_with_a_star_does_not_restrict_as_in_vixie_cron() {
    // Odd days that are Mondays, where "1-31/2" means odd days and Mondays.
    assert_eq!(times("0 0 */2 * MON", "2026-01-01T12:00", 2), ["2026-01-05T00:00:00", "2026-01-19T00:00:00"]);
    assert_eq!(
        times("0 0 1-31/2 * MON", "2026-01-01T12:00", 2),
        ["2026-01-03T00:00:00", "2026-01-05T00:00:00"]
    );
}

#[test]
fn a_leap_day_is_found_across_a_century() {
    assert_eq!(times("0 12 29 2 *", "2096-03-01T00:00", 1), ["2104-02-29T12:00:00"]);
    assert_eq!(times("0 0 29 2 */7", "2026-03-01T00:00", 1), ["2032-02-29T00:00:00"]);
}

#[test]
fn the_next_time_is_strictly_later_and_has_no_seconds() {
    let series = series("* * * * *", "UTC", "2026-01-01T00:00");
    assert_eq!(series.next_after(at("2026-12-31T23:59")), Some(at("2027-01-01T00:00")));
    assert_eq!(series.next_after(at("2026-12-31T23:58:59.5")), Some(at("2026-12-31T23:59")));
}

#[test]
fn the_canonical_text_has_numbers_and_ranges() {
    assert_eq!(rule(" 0,1,2,3,30  */1 1,2 JAN-DEC * ").to_string(), "0-3,30 * 1-2 1-12 *");
    assert_eq!(rule("0 */2 */31 * */2").to_string(), "0 */2 */31 * */2");
}

#[test]
fn what_cron_does_not_know_is_refused_with_the_reason() {
    for (text, reason) in [
        ("0 9 * *", "this has 4"),
        ("0 0 9 * * 1", "seconds and years are not supported"),
        ("0 9 L * *", "Quartz"),
        ("0 9 ? * 1", "Quartz"),
        ("0 9 15W * *", "Quartz"),
        ("0 9 * * 5#2", "Quartz"),
        ("60 9 * * *", "from 0 to 59"),
        ("0 24 * * *", "from 0 to 23"),
        ("0 9 0 * *", "from 1 to 31"),
        ("0 9 * 13 *", "from 1 to 12"),
        ("0 9 * * 8", "from 0 to 7"),
        ("*/0 9 * * *", "a step goes from 1 to 59"),
        ("*/60 9 * * *", "a step goes from 1 to 59"),
        ("5/10 9 * * *", "a step needs a range, such as \"5-59/2\""),
        ("0 22-2 * * *", "a range goes upwards"),
        ("0 1-SUN * * *", "not a number"),
        ("*,5 9 * * *", "a star stands alone"),
        ("0 9 * FOO *", "not a number"),
        ("0 9,, * * *", "not a number"),
        ("0 +9 * * *", "not a number"),
        ("0 9 30 2 *", "no day that exists"),
        ("0 9 31 4,6,9,11 *", "no day that exists"),
        ("0 9 30 2 */2", "no day that exists"),
    ] {
        let detail = text.parse::<Rule>().expect_err(text).detail;
        assert!(detail.contains(reason), "{text}: {detail}");
    }
    // A day of the week is enough for the rule to match.
    assert!("0 9 30 2 MON".parse::<Rule>().is_ok());
}
