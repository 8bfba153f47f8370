use super::super::Rule;
use super::rule;

#[test]
fn words_are_accepted_in_any_case() {
    for (text, canonical) in [("Daily", "daily"), (" WEEKLY ", "weekly"), ("monthly", "monthly")] {
        assert_eq!(rule(text).to_string(), canonical);
    }
}

#[test]
fn a_rule_is_a_string_in_json() {
    assert_eq!(serde_json::to_string(&rule("rrule:freq=daily;interval=1")).expect("json"), "\"FREQ=DAILY\"");
    assert_eq!(
        serde_json::from_str::<Rule>("\"0 9 * * MON-FRI\"").expect("a rule").to_string(),
        "0 9 * * 1-5"
    );
    assert!(serde_json::from_str::<Rule>("\"every purple\"").is_err());
    assert!(serde_json::from_str::<Rule>("7").is_err());
}

#[test]
fn every_refusal_names_the_field_and_shows_a_valid_rule() {
    let long = "x".repeat(256);
    for text in ["", " ", "every purple", "yearly", "hourly", "@daily", "MON", "\0", "FREQ", &long] {
        let error = text.parse::<Rule>().expect_err(text);
        assert_eq!((error.field.as_str(), error.code), ("recurrence.rule", "invalid_recurrence_rule"));
    }
    assert_eq!(refusal(&long), "must have at most 255 characters, has 256");
    assert!(refusal("every purple").contains("\"0 9 * * 1-5\""));
    assert!(refusal("@daily").contains("\"0 0 * * *\""));
}

fn refusal(text: &str) -> String {
    text.parse::<Rule>().expect_err(text).detail
}
