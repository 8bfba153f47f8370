//! Receives, handles, settles; retries what may succeed later and puts aside what cannot.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use contract::topics::{Consumer, Topic};
use domain::ports::{BusError, Effect, Publisher, Subscription};
use domain::record::Delivery;

use super::{HandleError, Handler};

/// First and longest wait before a record is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// Longest time for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a consumer ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The subscription cannot go on; a new process must take over.
    #[error("failed to consume as \"{consumer}\": {reason}")]
    Subscription {
        /// Name of the consumer.
        consumer: &'static str,
        /// What the client said.
        reason: BusError,
    },
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    consumer: &'static str,
    outcome: &'static str,
}

/// Runs one consumer.
pub struct Runner {
    consumer: Consumer,
    prefix: String,
    subscription: Arc<dyn Subscription>,
    dead_letters: Arc<dyn Publisher>,
    handler: Arc<dyn Handler>,
    consumed: Family<OutcomeLabels, Counter>,
}

impl Runner {
    /// Runs `handler` for the records of `subscription`; dead letters go out through `dead_letters`.
    #[must_use]
    pub fn new(
        (consumer, prefix): (Consumer, &str),
        subscription: Arc<dyn Subscription>,
        dead_letters: Arc<dyn Publisher>,
        handler: Arc<dyn Handler>,
    ) -> Self {
        let prefix = prefix.to_owned();
        Self { consumer, prefix, subscription, dead_letters, handler, consumed: Family::default() }
    }

    /// Registers the metrics of the consumer.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(contract::metrics::EVENTS_CONSUMED, "Events consumed", self.consumed.clone());
    }

    /// Consumes until `stop`. The record at work is finished first unless it waits for a retry.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ConsumerError> {
        let ended = |reason| ConsumerError::Subscription { consumer: self.consumer.name, reason };
        loop {
            let delivery = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                received = self.subscription.receive() => received.map_err(ended)?,
            };
            if !self.settle(&delivery, &stop).await.map_err(ended)? {
                return Ok(());
            }
        }
    }

    /// Brings one record to its end: effect or dead letter. `false` if `stop` came first.
    async fn settle(&self, delivery: &Delivery, stop: &CancellationToken) -> Result<bool, BusError> {
        let mut wait = BACKOFF.0;
        while let Err(reason) = self.attempt(delivery).await {
            warn!(
                topic = delivery.topic,
                partition = delivery.partition,
                offset = delivery.offset,
                reason,
                "a record is tried again"
            );
            tokio::select! {
                () = stop.cancelled() => return Ok(false),
                held = self.subscription.hold(wait) => held?,
            }
            wait = (wait * 2).min(BACKOFF.1);
        }
        self.subscription.settle(delivery);
        Ok(true)
    }

    /// One attempt; the error is the reason to try again.
    async fn attempt(&self, delivery: &Delivery) -> Result<(), String> {
        let handled = tokio::time::timeout(ATTEMPT_TIMEOUT, self.handler.handle(delivery))
            .await
            .map_err(|_| format!("no result within {} s", ATTEMPT_TIMEOUT.as_secs()))?;
        match handled {
            Ok(Effect::Applied) => self.count("applied"),
            Ok(Effect::Duplicate) => self.count("duplicate"),
            Err(HandleError::Retry(reason)) => return Err(reason),
            Err(HandleError::Drop(reason)) => self.bury(delivery, &reason).await?,
        }
        Ok(())
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) -> Result<(), String> {
        let Some(topic) = self.topic_of(delivery) else {
            error!(topic = delivery.topic, "a record of a foreign topic is left out");
            return Ok(());
        };
        let letter =
            delivery.dead_letter(self.consumer.dead_letter(topic, &self.prefix), self.consumer.name, reason);
        self.dead_letters.publish(letter).await.map_err(|error| error.to_string())?;
        info!(
            topic = delivery.topic,
            partition = delivery.partition,
            offset = delivery.offset,
            reason,
            "a record went to the dead letter"
        );
        self.count("dead_lettered");
        Ok(())
    }

    fn topic_of(&self, delivery: &Delivery) -> Option<&'static Topic> {
        self.consumer.topics.iter().find(|topic| topic.prefixed(&self.prefix) == delivery.topic)
    }

    fn count(&self, outcome: &'static str) {
        self.consumed.get_or_create(&OutcomeLabels { consumer: self.consumer.name, outcome }).inc();
    }
}
