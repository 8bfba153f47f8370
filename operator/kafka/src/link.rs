//! One connection to a broker: metadata, configuration, and the words in which librdkafka says what is wrong.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigEntry, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer, ProducerContext};

use crate::{Connection, KafkaError};

/// Time to reach a broker.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for one administrative request, and for the broker to carry it out.
const REQUEST: Duration = Duration::from_secs(10);

/// A connection that lives for one operation. It blocks when it is dropped: keep it off the async threads.
///
/// Two clients, because the administrative one never hears why a connection failed: rdkafka does not poll its main
/// queue, where errors arrive. A producer that sends nothing hears it, and asks for metadata as well.
pub(crate) struct Link {
    /// Sends administrative requests.
    pub(crate) admin: AdminClient<DefaultClientContext>,
    probe: BaseProducer<Listener>,
    complaints: Complaints,
}

impl Link {
    /// Sets up the clients. They connect when they are asked for something.
    pub(crate) fn open(connection: &Connection) -> Result<Self, KafkaError> {
        let config = connection.client_config();
        let complaints = Complaints::default();
        let unusable = |source: ClientError| KafkaError::Unreachable(source.to_string());
        let listener = Listener { complaints: complaints.clone() };
        let probe = BaseProducer::from_config_and_context(&config, listener).map_err(unusable)?;
        let admin = AdminClient::from_config(&config).map_err(unusable)?;
        Ok(Self { admin, probe, complaints })
    }

    /// Partitions of a topic; `None` when it does not exist.
    pub(crate) fn partitions(&self, topic: &str) -> Result<Option<i32>, KafkaError> {
        let metadata = self
            .probe
            .client()
            .fetch_metadata(Some(topic), CONNECT)
            .map_err(|source| self.failure(topic, &source))?;
        let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
            return Ok(None);
        };
        match found.error().map(RDKafkaErrorCode::from) {
            None => Ok(Some(count(found))),
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Ok(None),
            Some(code) => Err(KafkaError::of_code(topic, code)),
        }
    }

    /// Configuration of a topic.
    pub(crate) async fn configuration(&self, topic: &str) -> Result<Vec<ConfigEntry>, KafkaError> {
        let results = self
            .admin
            .describe_configs(&[ResourceSpecifier::Topic(topic)], &options())
            .await
            .map_err(|source| self.failure(topic, &source))?;
        match results.into_iter().next() {
            Some(Ok(resource)) => Ok(resource.entries),
            Some(Err(code)) => Err(KafkaError::of_code(topic, code)),
            None => Ok(Vec::new()),
        }
    }

    /// The error behind a failed request: a refusal, or an unreachable broker with all that librdkafka complained of.
    pub(crate) fn failure(&self, topic: &str, source: &ClientError) -> KafkaError {
        match source.rdkafka_error_code() {
            Some(code) if !crate::error::is_passing(code) => KafkaError::of_code(topic, code),
            _ => {
                // Hands what librdkafka has to say to the listener.
                self.probe.poll(Duration::ZERO);
                KafkaError::Unreachable(self.complaints.text().unwrap_or_else(|| source.to_string()))
            }
        }
    }
}

/// Options of administrative requests.
pub(crate) fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST)).operation_timeout(Some(REQUEST))
}

fn count(topic: &MetadataTopic) -> i32 {
    i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX)
}

/// Passes librdkafka's log lines to `tracing` at level debug, and remembers errors for the caller.
pub(crate) struct Listener {
    complaints: Complaints,
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        tracing::debug!(target: "librdkafka", facility = fac, "{message}");
        if fac == "FAIL" || level as i32 <= RDKafkaLogLevel::Error as i32 {
            self.complaints.add(message);
        }
    }

    fn error(&self, error: ClientError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
        // "1/1 brokers are down" follows on the reason that counts.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            self.complaints.add(reason);
        }
    }
}

impl ProducerContext for Listener {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// Distinct errors of one connection.
#[derive(Clone, Default)]
struct Complaints(Arc<Mutex<BTreeSet<String>>>);

impl Complaints {
    /// At most this many are kept: a long list of brokers tends to fail in the same way.
    const LIMIT: usize = 3;

    fn add(&self, message: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < Self::LIMIT {
            seen.insert(essence(message).to_owned());
        }
    }

    fn text(&self) -> Option<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<&str> = seen.iter().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// A log line without the thread's name in front and the counters at the end: they differ from one attempt to the
/// next, and the text ends up in a status that should not change while nothing changes.
fn essence(line: &str) -> &str {
    let line =
        line.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(line, |(_, rest)| rest);
    let line = line.split_once(" (after ").map_or(line, |(front, _)| front);
    line.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused";

    #[test]
    fn attempts_that_fail_alike_read_alike() {
        let complaints = Complaints::default();
        complaints.add(&format!("[thrd:127.0.0.1:1/bootstrap]: {REFUSED} (after 0ms in state CONNECT)"));
        complaints.add(&format!(
            "[thrd:127.0.0.1:1/bootstrap]: {REFUSED} (after 3ms in state CONNECT, 2 identical error(s) suppressed)"
        ));
        assert_eq!(complaints.text().as_deref(), Some(REFUSED));
    }

    #[test]
    fn without_complaints_there_is_no_text() {
        assert_eq!(Complaints::default().text(), None);
    }
}
