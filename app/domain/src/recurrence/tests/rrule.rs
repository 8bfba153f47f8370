use super::super::Rule;
use super::{at, dates, rule, series};

#[test]
fn an_rrule_on_the_31st_skips_short_months() {
    let literal = ["2026-01-31", "2026-03-31", "2026-05-31"];
    assert_eq!(dates("FREQ=MONTHLY", "2026-01-31T09:00", 3), literal);
    assert_eq!(dates("FREQ=YEARLY", "2028-02-29T09:00", 2), ["2028-02-29", "2032-02-29"]);
    // This is how an RRULE says what "monthly" does.
    let clamped = ["2026-01-31", "2026-02-28", "2026-03-31"];
    assert_eq!(dates("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-01-31T09:00", 3), clamped);
}

#[test]
fn numbered_weekdays_count_in_the_month_or_in_the_year() {
    assert_eq!(dates("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01T09:00", 2), ["2026-01-30", "2026-02-27"]);
    assert_eq!(
        dates("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", 3),
        ["1997-05-19", "1998-05-18", "1999-05-17"]
    );
    assert_eq!(
        dates("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "2026-01-01T09:00", 2),
        ["2026-03-29", "2027-03-28"]
    );
    assert_eq!(dates("FREQ=YEARLY;BYDAY=53MO", "2026-01-01T09:00", 2), ["2029-12-31", "2035-12-31"]);
}

#[test]
fn plain_and_numbered_weekdays_add_up() {
    assert_eq!(
        dates("FREQ=MONTHLY;BYDAY=1TU,MO", "2026-06-01T09:00", 3),
        ["2026-06-01", "2026-06-02", "2026-06-08"]
    );
}

#[test]
fn weeks_start_where_wkst_says() {
    // The example of RFC 5545.
    let dates = |wkst| {
        dates(&format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={wkst}"), "1997-08-05T09:00", 9)
    };
    assert_eq!(dates("MO"), ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]);
    assert_eq!(dates("SU"), ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]);
}

#[test]
fn positions_choose_within_a_period() {
    let workdays = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS";
    assert_eq!(
        dates(&format!("{workdays}=-1"), "2026-01-01T09:00", 3),
        ["2026-01-30", "2026-02-27", "2026-03-31"]
    );
    assert_eq!(
        dates(&format!("{workdays}=-2,1"), "2026-01-01T09:00", 3),
        ["2026-01-01", "2026-01-29", "2026-02-02"]
    );
    // The week of the start counts from its first day: Wednesday is its second, and the start is a Thursday.
    assert_eq!(
        dates("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", "2026-01-01T09:00", 2),
        ["2026-01-07", "2026-01-14"]
    );
}

#[test]
fn a_start_that_does_not_match_is_not_counted() {
    assert_eq!(dates("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "2026-01-01T09:00", 9), ["2026-01-05", "2026-01-12"]);
}

#[test]
fn a_rule_ends_with_its_count_or_its_last_moment() {
    assert_eq!(dates("FREQ=DAILY;COUNT=2", "2026-01-01T09:00", 9).len(), 2);
    assert_eq!(dates("FREQ=DAILY;UNTIL=20260103", "2026-01-01T09:00", 9).len(), 3);
    assert_eq!(dates("FREQ=DAILY;UNTIL=20260103T090000", "2026-01-01T09:00", 9).len(), 3);
    assert_eq!(dates("FREQ=DAILY;UNTIL=20260103T085959", "2026-01-01T09:00", 9).len(), 2);
    let berlin = |until| series(&format!("FREQ=DAILY;UNTIL={until}"), "Europe/Berlin", "2026-01-01T09:00");
    assert_eq!(berlin("20260103T080000Z").next_after(at("2026-01-02T09:00")), Some(at("2026-01-03T09:00")));
    assert_eq!(berlin("20260103T075959Z").next_after(at("2026-01-02T09:00")), None);
}

#[test]
fn the_canonical_text_is_sorted_and_leaves_defaults_out() {
    for (text, canonical) in [
        ("RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=FR,MO,FR", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("BYDAY=+1MO,-1FR,SU;FREQ=MONTHLY;COUNT=007", "FREQ=MONTHLY;COUNT=7;BYDAY=SU,-1FR,1MO"),
        ("FREQ=YEARLY;BYMONTHDAY=-1,31,2;BYMONTH=12,1", "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=2,31,-1"),
        ("FREQ=DAILY;UNTIL=20260103T075959Z", "FREQ=DAILY;UNTIL=20260103T075959Z"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2,-1;WKST=SU", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1,2;WKST=SU"),
    ] {
        assert_eq!(rule(text).to_string(), canonical);
    }
}

#[test]
fn what_an_rrule_cannot_mean_here_is_refused_with_the_reason() {
    for (text, reason) in [
        ("RRULE:", "NAME=VALUE"),
        ("FREQ=DAILY;", "NAME=VALUE"),
        ("INTERVAL=2", "needs FREQ"),
        ("FREQ=HOURLY", "ambiguous when clocks change"),
        ("FREQ=MINUTELY;COUNT=3", "ambiguous when clocks change"),
        ("FREQ=SECONDLY", "ambiguous when clocks change"),
        ("FREQ=FORTNIGHTLY", "unknown"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;INTERVAL=0", "from 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=1001", "from 1 to 1000"),
        ("FREQ=DAILY;COUNT=1001", "from 1 to 1000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "exclude each other"),
        ("FREQ=DAILY;UNTIL=20300230", "UNTIL is a date"),
        ("FREQ=DAILY;UNTIL=2030-01-01", "UNTIL is a date"),
        ("FREQ=DAILY;UNTIL=20300101T2500", "UNTIL is a date"),
        ("FREQ=DAILY;UNTIL=20300101T120000+02", "UNTIL is a date"),
        ("FREQ=DAILY;BYHOUR=9", "the time of day is that of the start"),
        ("FREQ=YEARLY;BYYEARDAY=100", "not supported"),
        ("FREQ=YEARLY;BYWEEKNO=20", "not supported"),
        ("FREQ=DAILY;DTSTART=20260101", "does not belong to a rule"),
        ("FREQ=DAILY;COLOUR=RED", "is not a part"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "no meaning with FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "needs FREQ=MONTHLY or FREQ=YEARLY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "at most 5"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=-6MO", "at most 5"),
        ("FREQ=YEARLY;BYDAY=54MO", "from -53 to 53"),
        ("FREQ=MONTHLY;BYDAY=0MO", "has no 0"),
        ("FREQ=MONTHLY;BYDAY=MONDAY", "takes MO, TU"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "from -31 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,,2", "from -31 to 31"),
        ("FREQ=MONTHLY;BYMONTH=13", "from 1 to 12"),
        ("FREQ=MONTHLY;BYSETPOS=1", "another BY part"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "no day that exists"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "no day that exists"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no day that exists"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-30", "no day that exists"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO", "no day that exists"),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "no day that exists"),
    ] {
        let error = text.parse::<Rule>().expect_err(text);
        assert!(error.detail.contains(reason), "{text}: {}", error.detail);
    }
}
