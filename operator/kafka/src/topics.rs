//! The operations on topics.

use std::collections::{BTreeMap, HashMap};

use rdkafka::admin::{
    AlterConfig, ConfigEntry, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
    TopicResult,
};
use rdkafka::error::RDKafkaErrorCode;
use tokio::runtime::Handle;

use crate::link::{Link, options};
use crate::{Connection, KafkaError};

/// Kafka's word for "as many replicas as the broker's `default.replication.factor` says" (KIP-464).
const BROKER_DEFAULT: i32 = -1;
const RETENTION: &str = "retention.ms";
const CLEANUP_POLICY: &str = "cleanup.policy";

/// A topic as it should be. Records are deleted when they are older than the retention (`cleanup.policy=delete`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Full name.
    pub name: String,
    /// Partitions; they are added, never removed.
    pub partitions: i32,
    /// Replicas of each partition at creation; `None` leaves it to the broker.
    pub replication: Option<i32>,
    /// Retention in milliseconds (`retention.ms`).
    pub retention_ms: i64,
}

impl Topic {
    fn configuration(&self) -> [(&'static str, String); 2] {
        [(RETENTION, self.retention_ms.to_string()), (CLEANUP_POLICY, "delete".to_owned())]
    }
}

/// Creates missing topics, adds missing partitions and corrects retention and clean-up policy; other settings of a
/// topic stay as they are. Returns the partitions of each topic in the order given: those observed when a topic has
/// more than asked for.
pub async fn ensure(connection: &Connection, topics: &[Topic]) -> Result<Vec<(String, i32)>, KafkaError> {
    let topics = topics.to_vec();
    with_link(connection, move |link, runtime| {
        topics
            .into_iter()
            .map(|topic| {
                let partitions = runtime.block_on(ensure_topic(link, &topic))?;
                Ok((topic.name, partitions))
            })
            .collect()
    })
    .await
}

/// Partitions of those topics that exist, by name. Looking does not create.
pub async fn observe(connection: &Connection, names: &[String]) -> Result<BTreeMap<String, i32>, KafkaError> {
    let names = names.to_vec();
    with_link(connection, move |link, _| {
        let mut found = BTreeMap::new();
        for name in names {
            if let Some(partitions) = link.partitions(&name)? {
                found.insert(name, partitions);
            }
        }
        Ok(found)
    })
    .await
}

/// Deletes topics. One that does not exist counts as deleted.
pub async fn delete(connection: &Connection, names: &[String]) -> Result<(), KafkaError> {
    let names = names.to_vec();
    with_link(connection, move |link, runtime| {
        names.iter().try_for_each(|name| runtime.block_on(delete_topic(link, name)))
    })
    .await
}

/// Runs an operation on a thread where it may block.
async fn with_link<T: Send + 'static>(
    connection: &Connection,
    operation: impl FnOnce(&Link, &Handle) -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, KafkaError> {
    let (connection, runtime) = (connection.clone(), Handle::current());
    tokio::task::spawn_blocking(move || operation(&Link::open(&connection)?, &runtime))
        .await
        .unwrap_or_else(|source| Err(KafkaError::Unreachable(format!("the operation was aborted: {source}"))))
}

async fn ensure_topic(link: &Link, topic: &Topic) -> Result<i32, KafkaError> {
    let Some(observed) = link.partitions(&topic.name)? else {
        return create(link, topic).await;
    };
    if observed < topic.partitions {
        grow(link, topic).await?;
    }
    correct(link, topic).await?;
    Ok(observed.max(topic.partitions))
}

async fn create(link: &Link, topic: &Topic) -> Result<i32, KafkaError> {
    let configuration = topic.configuration();
    let replication = TopicReplication::Fixed(topic.replication.unwrap_or(BROKER_DEFAULT));
    let mut new = NewTopic::new(&topic.name, topic.partitions, replication);
    for (key, value) in &configuration {
        new = new.set(key, value);
    }
    let results = link
        .admin
        .create_topics([&new], &options())
        .await
        .map_err(|source| link.failure(&topic.name, &source))?;
    match refusal(results) {
        None => Ok(topic.partitions),
        // Somebody else was faster, and the next visit compares it; or it is being deleted, and the next visit
        // creates it.
        Some((name, code @ RDKafkaErrorCode::TopicAlreadyExists)) => {
            let unsettled = || KafkaError::Unreachable(format!("topic \"{name}\": {code}"));
            link.partitions(&topic.name)?.ok_or_else(unsettled)
        }
        Some((name, code)) => Err(KafkaError::of_code(&name, code)),
    }
}

async fn grow(link: &Link, topic: &Topic) -> Result<(), KafkaError> {
    let total = usize::try_from(topic.partitions).unwrap_or_default();
    let results = link
        .admin
        .create_partitions([&NewPartitions::new(&topic.name, total)], &options())
        .await
        .map_err(|source| link.failure(&topic.name, &source))?;
    refusal(results).map_or(Ok(()), |(name, code)| Err(KafkaError::of_code(&name, code)))
}

async fn correct(link: &Link, topic: &Topic) -> Result<(), KafkaError> {
    let current = link.configuration(&topic.name).await?;
    let Some(entries) = correction(topic, &current)? else {
        return Ok(());
    };
    let alter = AlterConfig {
        specifier: ResourceSpecifier::Topic(&topic.name),
        entries: entries.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<HashMap<_, _>>(),
    };
    let results = link
        .admin
        .alter_configs([&alter], &options())
        .await
        .map_err(|source| link.failure(&topic.name, &source))?;
    match results.into_iter().next() {
        Some(Err((_, code))) => Err(KafkaError::of_code(&topic.name, code)),
        _ => Ok(()),
    }
}

/// The complete set of settings to send, or `None` when the topic is as it should be. AlterConfigs replaces all
/// settings of a topic (KIP-133), so those that somebody else made on the topic are sent again; a secret one cannot
/// be read and would be lost, so that is refused.
fn correction(
    topic: &Topic,
    current: &[ConfigEntry],
) -> Result<Option<BTreeMap<String, String>>, KafkaError> {
    let wanted = topic.configuration();
    let holds =
        |key: &str| current.iter().find(|entry| entry.name == key).and_then(|entry| entry.value.as_deref());
    if wanted.iter().all(|(key, value)| holds(key) == Some(value)) {
        return Ok(None);
    }
    let mut entries = BTreeMap::new();
    for entry in current.iter().filter(|entry| entry.source == ConfigSource::DynamicTopic) {
        let value = entry.value.clone().filter(|_| !entry.is_sensitive);
        let value = value.ok_or_else(|| KafkaError::Rejected {
            topic: topic.name.clone(),
            message: format!(
                "its setting {} is secret and would be lost by a change of retention",
                entry.name
            ),
        })?;
        entries.insert(entry.name.clone(), value);
    }
    entries.extend(wanted.map(|(key, value)| (key.to_owned(), value)));
    Ok(Some(entries))
}

async fn delete_topic(link: &Link, name: &str) -> Result<(), KafkaError> {
    let results =
        link.admin.delete_topics(&[name], &options()).await.map_err(|source| link.failure(name, &source))?;
    match refusal(results) {
        None | Some((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => Ok(()),
        Some((topic, code)) => Err(KafkaError::of_code(&topic, code)),
    }
}

/// The first refusal among the answers for topics.
fn refusal(results: Vec<TopicResult>) -> Option<(String, RDKafkaErrorCode)> {
    results.into_iter().find_map(Result::err)
}

#[cfg(test)]
mod tests;
