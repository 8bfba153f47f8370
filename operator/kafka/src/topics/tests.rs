//! What is sent to correct a topic.

use super::*;

fn topic() -> Topic {
    Topic { name: "a.task-events".to_owned(), partitions: 3, replication: None, retention_ms: 1000 }
}

fn entry(name: &str, value: &str, source: ConfigSource) -> ConfigEntry {
    ConfigEntry {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        source,
        is_read_only: false,
        is_default: false,
        is_sensitive: false,
    }
}

#[test]
fn a_topic_as_described_needs_no_correction() {
    let current = [
        entry("retention.ms", "1000", ConfigSource::DynamicTopic),
        entry("cleanup.policy", "delete", ConfigSource::Default),
    ];
    assert_eq!(correction(&topic(), &current), Ok(None));
}

#[test]
fn settings_made_by_others_on_the_topic_are_sent_again_and_broker_settings_are_not() {
    let current = [
        entry("retention.ms", "5", ConfigSource::DynamicTopic),
        entry("max.message.bytes", "2000", ConfigSource::DynamicTopic),
        entry("segment.bytes", "77", ConfigSource::StaticBroker),
    ];
    let sent = correction(&topic(), &current).expect("nothing is secret").expect("retention differs");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(sent, [("cleanup.policy", "delete"), ("max.message.bytes", "2000"), ("retention.ms", "1000")]);
}

#[test]
fn a_secret_setting_is_not_lost_by_a_correction() {
    let mut secret = entry("x.password", "", ConfigSource::DynamicTopic);
    secret.value = None;
    secret.is_sensitive = true;
    let error = correction(&topic(), &[secret]).expect_err("the setting cannot be sent again");
    assert!(error.to_string().contains("x.password"), "{error}");
}
