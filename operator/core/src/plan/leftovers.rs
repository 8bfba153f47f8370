//! What a deleted platform leaves on a broker that stays.

use contract::topics;
use todo_operator_api::v1alpha1::TodoPlatform;

use super::broker::{ExternalBroker, older_rival};
use super::topic_prefix;
use crate::bundle::BrokerAccess;
use crate::gathered::Rival;
use crate::identity::Identity;

/// Topics on an external broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalTopics {
    /// How to reach the broker.
    pub broker: BrokerAccess,
    /// Full names.
    pub names: Vec<String>,
}

/// Every topic that the platform may have made on its external broker, with the dead letters of consumers that are
/// disabled today. The rest of the spec need not be valid. `None` when there are none: without an external broker, and
/// when they belong to an older platform.
#[must_use]
pub fn external_topics(platform: &TodoPlatform, rivals: &[Rival]) -> Option<ExternalTopics> {
    let messaging = platform.spec.messaging.as_ref();
    let external = messaging?.broker.as_ref()?.external.as_ref()?;
    let prefix = topic_prefix(&platform.spec, &Identity::of(platform, String::new()));
    if older_rival(&external.bootstrap_servers, &prefix, rivals).is_some() {
        return None;
    }
    let live = topics::ALL.iter().map(|topic| topic.prefixed(&prefix));
    let dead = topics::CONSUMERS
        .iter()
        .flat_map(|consumer| consumer.topics.iter().map(|topic| consumer.dead_letter(topic, &prefix)));
    let names = live.chain(dead).collect();
    Some(ExternalTopics { broker: ExternalBroker::of(external).access(), names })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn platform(spec: &serde_json::Value) -> TodoPlatform {
        let mut platform = TodoPlatform::new("todo", serde_json::from_value(spec.clone()).expect("a spec"));
        platform.metadata.namespace = Some("demo".to_owned());
        platform
    }

    fn on_external_broker() -> TodoPlatform {
        platform(&json!({"profile": "custom", "consumers": {"audit": {"enabled": false}},
            "messaging": {"broker": {"external": {"bootstrapServers": ["kafka:9092"]}}}}))
    }

    #[test]
    fn an_unplannable_platform_names_its_topics_and_dead_letters_of_disabled_consumers() {
        let topics = external_topics(&on_external_broker(), &[]).expect("topics");
        assert_eq!(topics.broker.bootstrap_servers, ["kafka:9092"]);
        for name in ["demo.todo.task-events", "demo.todo.reminders", "demo.todo.task-events.audit.dlq"] {
            assert!(topics.names.iter().any(|one| one == name), "{name} in {:?}", topics.names);
        }
    }

    #[test]
    fn topics_of_an_older_platform_or_an_embedded_broker_are_none_of_ours() {
        let rival = |older| Rival {
            platform: "other/todo".to_owned(),
            bootstrap_servers: vec!["kafka:9092".to_owned()],
            topic_prefix: "demo.todo.".to_owned(),
            older,
        };
        assert_eq!(external_topics(&on_external_broker(), &[rival(true)]), None);
        assert!(external_topics(&on_external_broker(), &[rival(false)]).is_some());
        assert_eq!(external_topics(&platform(&json!({"profile": "local"})), &[]), None);
    }
}
