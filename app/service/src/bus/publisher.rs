//! Publishes records with an idempotent producer.

use std::time::Duration;

use async_trait::async_trait;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use tokio::sync::RwLock;
use tracing::warn;

use domain::ports::{BusError, Publisher};
use domain::record::Record;

use super::ClientError;
use super::kafka::{KafkaSettings, owned_headers};

/// Longest time for a record to reach all replicas in sync; the outbox keeps the row beyond it.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Publishes with `acks=all`.
pub struct KafkaPublisher {
    settings: KafkaSettings,
    producer: RwLock<FutureProducer>,
}

impl KafkaPublisher {
    /// Makes the producer; brokers are contacted later.
    pub fn new(settings: KafkaSettings) -> Result<Self, ClientError> {
        let producer = RwLock::new(producer(&settings)?);
        Ok(Self { settings, producer })
    }

    /// An idempotent producer ends with a fatal error (for instance when the broker lost its state); a new one goes
    /// on.
    async fn replace_if_dead(&self) {
        let mut current = self.producer.write().await;
        let Some((code, reason)) = current.client().fatal_error() else { return };
        match producer(&self.settings) {
            Ok(new) => {
                warn!(%code, reason, "the Kafka producer was replaced after a fatal error");
                *current = new;
            }
            Err(error) => warn!(%error, "the Kafka producer is dead and not replaced"),
        }
    }
}

#[async_trait]
impl Publisher for KafkaPublisher {
    async fn publish(&self, record: Record) -> Result<(), BusError> {
        let producer = self.producer.read().await.clone();
        let mut message =
            FutureRecord::to(&record.topic).payload(&record.payload).headers(owned_headers(&record.headers));
        if let Some(key) = &record.key {
            message = message.key(key);
        }
        let Err((error, _)) = producer.send(message, Timeout::After(DELIVERY_TIMEOUT)).await else {
            return Ok(());
        };
        if producer.client().fatal_error().is_some() {
            self.replace_if_dead().await;
        }
        Err(BusError::Publish { topic: record.topic, reason: error.to_string() })
    }
}

fn producer(settings: &KafkaSettings) -> Result<FutureProducer, ClientError> {
    settings
        .client_config()
        .set("acks", "all")
        .set("enable.idempotence", "true")
        // The partitioner of Dapr's client: both transports place a key alike.
        .set("partitioner", "fnv1a_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "2")
        .set("message.timeout.ms", DELIVERY_TIMEOUT.as_millis().to_string())
        .create()
        .map_err(|error| ClientError::Configure { client: "producer", reason: error.to_string() })
}
