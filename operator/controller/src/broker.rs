//! The port to the broker: topics through the Kafka Admin API, whoever speaks it.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use todo_operator_core::bundle::Topic;

/// How to reach a broker, with the content of the Secrets that the description of the platform names.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Access {
    /// `host:port` of the bootstrap servers.
    pub bootstrap_servers: Vec<String>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Certificate authorities in PEM; `None` takes those of the system.
    pub ca_pem: Option<String>,
    /// Credentials, if the broker asks for them.
    pub sasl: Option<Sasl>,
}

/// SASL credentials.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sasl {
    /// Mechanism as Kafka spells it: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`.
    pub mechanism: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("tls", &self.tls)
            .field("ca_pem", &self.ca_pem.as_ref().map(|_| "given"))
            .field("sasl", &self.sasl)
            .finish()
    }
}

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sasl").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

/// Why the broker did not do as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The broker does not answer, or not to these credentials: time or a change of the access helps.
    #[error("failed to reach the broker: {0}")]
    Unreachable(String),
    /// The broker answered and refused.
    #[error("failed to ensure topic \"{topic}\": {message}")]
    Rejected {
        /// Full name of the topic.
        topic: String,
        /// The broker's own words.
        message: String,
    },
}

/// Administration of topics. Every method is idempotent and returns within a few seconds, error or not.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Creates missing topics, adds missing partitions and corrects the retention. Returns name and partitions of
    /// every topic in the order given.
    async fn ensure(&self, access: &Access, topics: &[Topic]) -> Result<Vec<(String, i32)>, BrokerError>;

    /// Partitions of those of the topics that exist.
    async fn observe(&self, access: &Access, names: &[String]) -> Result<BTreeMap<String, i32>, BrokerError>;

    /// Deletes topics; one that does not exist is deleted already.
    async fn delete(&self, access: &Access, names: &[String]) -> Result<(), BrokerError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_an_access_shows_no_credentials() {
        let sasl = Sasl { mechanism: "PLAIN".into(), username: "user-1".into(), password: "hunter2".into() };
        let access = Access {
            bootstrap_servers: vec!["kafka:9092".into()],
            tls: true,
            ca_pem: Some("PEM".into()),
            sasl: Some(sasl),
        };
        let shown = format!("{access:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("user-1") && !shown.contains("PEM"), "{shown}");
    }
}
