//! Receives records; an offset is stored when its effect is made.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, info, warn};

use domain::ports::{BusError, Subscription};
use domain::record::Delivery;

use super::ClientError;
use super::kafka::{KafkaSettings, headers_of};

/// Follows the membership in the group.
#[derive(Default)]
struct Membership {
    joined: AtomicBool,
}

impl ClientContext for Membership {}

impl ConsumerContext for Membership {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => {
                self.joined.store(true, Ordering::Relaxed);
                info!(partitions = partitions.count(), "partitions were assigned");
            }
            Rebalance::Revoke(partitions) => {
                info!(partitions = partitions.count(), "partitions were revoked");
            }
            Rebalance::Error(error) => {
                self.joined.store(false, Ordering::Relaxed);
                warn!(%error, "the consumer group could not be joined");
            }
        }
    }
}

/// A member of a consumer group.
pub struct KafkaSubscription {
    consumer: StreamConsumer<Membership>,
    /// Records that arrived while the partitions were being paused.
    early: Mutex<VecDeque<Delivery>>,
}

impl KafkaSubscription {
    /// Joins `group` to read `topics` (real names); brokers are contacted in the background.
    pub fn new(settings: &KafkaSettings, group: &str, topics: &[String]) -> Result<Self, ClientError> {
        let consumer: StreamConsumer<Membership> = settings
            .client_config()
            .set("group.id", group)
            // A group that is new reads what was published before it.
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            .set("enable.auto.offset.store", "false")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "3000")
            .create_with_context(Membership::default())
            .map_err(|error| ClientError::Configure { client: "consumer", reason: error.to_string() })?;
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer
            .subscribe(&names)
            .map_err(|error| ClientError::Subscribe { topics: topics.to_vec(), reason: error.to_string() })?;
        Ok(Self { consumer, early: Mutex::default() })
    }

    async fn next(&self) -> Result<Delivery, BusError> {
        loop {
            match self.consumer.recv().await {
                Ok(message) => return Ok(delivery(&message)),
                Err(KafkaError::MessageConsumptionFatal(code)) => {
                    return Err(BusError::Fatal(code.to_string()));
                }
                // Brokers away, topics missing: the client goes on by itself.
                Err(error) => debug!(%error, "the Kafka consumer reports"),
            }
        }
    }

    fn pause(&self) {
        if let Err(error) = self.consumer.assignment().and_then(|assigned| self.consumer.pause(&assigned)) {
            debug!(%error, "partitions were not paused");
        }
    }

    fn take_early(&self) -> Option<Delivery> {
        self.early.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front()
    }
}

#[async_trait]
impl Subscription for KafkaSubscription {
    async fn receive(&self) -> Result<Delivery, BusError> {
        match self.take_early() {
            Some(delivery) => Ok(delivery),
            None => self.next().await,
        }
    }

    fn settle(&self, delivery: &Delivery) {
        // Fails when the partition was revoked meanwhile: its next owner repeats the record, the inbox the rest.
        if let Err(error) = self.consumer.store_offset(&delivery.topic, delivery.partition, delivery.offset) {
            debug!(%error, topic = delivery.topic, partition = delivery.partition, "an offset was not stored");
        }
    }

    async fn hold(&self, wait: Duration) -> Result<(), BusError> {
        let deadline = Instant::now() + wait;
        self.pause();
        // Polling keeps the membership. Partitions that are assigned meanwhile announce themselves by a record and
        // are paused as well, so that only a few records wait here.
        while let Ok(received) = timeout_at(deadline, self.next()).await {
            self.early.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_back(received?);
            self.pause();
        }
        if let Err(error) = self.consumer.assignment().and_then(|assigned| self.consumer.resume(&assigned)) {
            debug!(%error, "partitions were not resumed");
        }
        Ok(())
    }

    fn joined(&self) -> bool {
        self.consumer.context().joined.load(Ordering::Relaxed)
    }
}

fn delivery(message: &BorrowedMessage<'_>) -> Delivery {
    Delivery {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().unwrap_or_default().to_vec(),
        headers: headers_of(message.headers()),
    }
}
