//! Topics, consumers and dead letters. A real name is the platform's topic prefix followed by the name here.

/// A topic that the platform owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name without the platform's prefix.
    pub name: &'static str,
    /// Default number of partitions.
    pub partitions: i32,
    /// Default retention in milliseconds.
    pub retention_ms: i64,
}

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Every change of a task, in order per user.
pub const TASK_EVENTS: Topic = Topic { name: "task-events", partitions: 3, retention_ms: 7 * DAY_MS };
/// Reminders that have become due.
pub const REMINDERS: Topic = Topic { name: "reminders", partitions: 1, retention_ms: DAY_MS };
/// The same events as [`TASK_EVENTS`], kept briefly for live clients.
pub const TASK_UPDATES: Topic = Topic { name: "task-updates", partitions: 3, retention_ms: HOUR_MS };

/// All topics besides dead letters.
pub const ALL: [Topic; 3] = [TASK_EVENTS, REMINDERS, TASK_UPDATES];

/// Retention of dead letters, in milliseconds: 30 days.
pub const DEAD_LETTER_RETENTION_MS: i64 = 30 * DAY_MS;
/// Partitions of a dead-letter topic.
pub const DEAD_LETTER_PARTITIONS: i32 = 1;

/// A consumer role: `todo consume <name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Name of the role and, behind the platform's prefix, of the consumer group.
    pub name: &'static str,
    /// Topics that it reads.
    pub topics: &'static [Topic],
}

/// Appends every task event to the audit log.
pub const AUDIT: Consumer = Consumer { name: "audit", topics: &[TASK_EVENTS] };

/// All consumers.
pub const CONSUMERS: [Consumer; 1] = [AUDIT];

impl Topic {
    /// The topic's real name under a platform's prefix.
    #[must_use]
    pub fn prefixed(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.name)
    }
}

impl Consumer {
    /// The consumer group under a platform's prefix.
    #[must_use]
    pub fn group(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.name)
    }

    /// The dead-letter topic of this consumer for one of its topics: `<topic>.<group>.dlq` with a bare group name.
    #[must_use]
    pub fn dead_letter(&self, topic: &Topic, prefix: &str) -> String {
        format!("{prefix}{}.{}.dlq", topic.name, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_is_named_after_topic_and_group() {
        assert_eq!(AUDIT.dead_letter(&TASK_EVENTS, "ns.todo."), "ns.todo.task-events.audit.dlq");
        assert_eq!(AUDIT.group("ns.todo."), "ns.todo.audit");
    }

    #[test]
    fn w6_each_consumer_has_a_group_of_its_own() {
        for (position, consumer) in CONSUMERS.iter().enumerate() {
            let others = CONSUMERS.iter().skip(position + 1);
            assert!(others.into_iter().all(|other| other.group("p.") != consumer.group("p.")));
        }
    }

    #[test]
    fn an_empty_prefix_gives_the_plain_names() {
        assert_eq!(TASK_EVENTS.prefixed(""), "task-events");
    }
}
