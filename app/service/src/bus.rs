//! Kafka: publishes records and receives them as a member of a consumer group.

mod kafka;
mod publisher;
mod subscription;

pub use kafka::{KafkaSettings, SaslSettings};
pub use publisher::KafkaPublisher;
pub use subscription::KafkaSubscription;

/// Why a Kafka client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// librdkafka refused the configuration.
    #[error("failed to configure the Kafka {client}: {reason}")]
    Configure {
        /// `producer` or `consumer`.
        client: &'static str,
        /// librdkafka's message.
        reason: String,
    },
    /// The subscription was refused.
    #[error("failed to subscribe to {topics:?}: {reason}")]
    Subscribe {
        /// Real topic names.
        topics: Vec<String>,
        /// librdkafka's message.
        reason: String,
    },
}
