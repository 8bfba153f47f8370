//! Publishes the outbox.
//!
//! Every process that writes outbox rows runs one. A bucket is published by one relay at a time, under a transaction
//! lock, so that the events of a task keep their order; a row is deleted after the broker has it, so that a crash in
//! between publishes it again with the same id.

mod age;
mod drain;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use domain::ports::Publisher;

use super::Store;
use super::error::failed_to;
use super::outbox::{Buckets, numbers};
use age::OutboxAge;

/// Wait until a bucket that another relay holds is tried again.
const BUSY_WAIT: Duration = Duration::from_millis(200);
/// First and longest wait after a failed publication.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How often rows of others (of a crashed process) are looked for.
const BACKSTOP: Duration = Duration::from_secs(1);
/// The same for a database that scales to zero and must not be woken.
const BACKSTOP_SCALE_TO_ZERO: Duration = Duration::from_hours(1);
/// Longest time that the last rows get after the stop signal.
const LAST_PASS: Duration = Duration::from_secs(5);

const PENDING: &str = "SELECT COALESCE(bit_or(1 << bucket), 0)::int4 FROM generate_series(0, 15) AS bucket \
     WHERE EXISTS (SELECT FROM outbox WHERE outbox.bucket = bucket::smallint)";

/// How a relay works.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Real names of the topics that get each task event.
    pub topics: Vec<String>,
    /// Whether the database may be suspended while idle.
    pub scale_to_zero: bool,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TopicLabel {
    topic: String,
}

/// The relay of one process.
pub struct Relay {
    store: Store,
    pool: PgPool,
    publisher: Arc<dyn Publisher>,
    settings: RelaySettings,
    published: Family<TopicLabel, Counter>,
    age: OutboxAge,
}

/// What a pass left to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// Another relay held a bucket.
    Busy,
    /// Rows of other processes are waiting.
    Others,
    Failed,
}

impl Relay {
    /// A relay for the rows that `store` writes, with a small pool of its own: a dead broker keeps no connection
    /// from the requests.
    #[must_use]
    pub fn new(store: &Store, publisher: Arc<dyn Publisher>, settings: RelaySettings) -> Self {
        let pool = super::pool((*store.pool.connect_options()).clone(), 2);
        Self {
            store: store.clone(),
            pool,
            publisher,
            settings,
            published: Family::default(),
            age: OutboxAge::default(),
        }
    }

    /// Registers the metrics of the outbox.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            contract::metrics::OUTBOX_PUBLISHED,
            "Outbox rows published",
            self.published.clone(),
        );
        registry.register_collector(Box::new(self.age.clone()));
    }

    /// Publishes until `stop`, then once more what was committed by then; the end takes at most five seconds.
    pub async fn run(self, stop: CancellationToken) {
        let overdue = async {
            stop.cancelled().await;
            sleep(LAST_PASS).await;
        };
        tokio::select! {
            () = self.publish_until(&stop) => {}
            () = overdue => info!("outbox rows are left for the next start"),
        }
    }

    async fn publish_until(&self, stop: &CancellationToken) {
        let period = if self.settings.scale_to_zero { BACKSTOP_SCALE_TO_ZERO } else { BACKSTOP };
        let mut backstop = interval(period);
        backstop.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failures = 0_u32;
        let mut wait = None;
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.store.signal.woken(), if failures == 0 => {}
                _ = backstop.tick(), if failures == 0 => self.mark_pending().await,
                () = wait_until(wait) => self.mark_pending().await,
            }
            let left = self.pass().await;
            failures = if left == Left::Failed { failures.saturating_add(1) } else { 0 };
            wait = match left {
                Left::Nothing => None,
                Left::Busy => Some(Instant::now() + BUSY_WAIT),
                Left::Others => Some(Instant::now() + BACKSTOP),
                Left::Failed => Some(Instant::now() + backoff(failures)),
            };
        }
    }

    /// Publishes the rows of the dirty buckets.
    async fn pass(&self) -> Left {
        let dirty = self.store.signal.take();
        let mut left = Left::Nothing;
        for bucket in numbers(dirty) {
            match self.drain(bucket).await {
                Ok(true) => {}
                Ok(false) => {
                    self.store.signal.mark(1 << bucket);
                    left = Left::Busy;
                }
                Err(error) => {
                    warn!(%error, bucket, "the outbox is not published");
                    self.store.signal.mark(dirty & (Buckets::MAX << bucket));
                    self.measure().await;
                    return Left::Failed;
                }
            }
        }
        // The age is read only while it may not be 0: a write costs no extra query.
        if self.age.is_zero() && left == Left::Nothing {
            return Left::Nothing;
        }
        self.measure().await;
        if left == Left::Nothing && !self.age.is_zero() { Left::Others } else { left }
    }

    /// Marks the buckets that have rows, whoever wrote them.
    async fn mark_pending(&self) {
        let pending: Result<i32, _> = sqlx::query_scalar(PENDING).fetch_one(&self.pool).await;
        match pending {
            Ok(0) => {}
            Ok(buckets) => {
                self.store.signal.mark(Buckets::try_from(buckets).unwrap_or(Buckets::MAX));
                self.measure().await;
            }
            Err(error) => warn!(error = %failed_to("look for outbox rows")(error), "the outbox is not read"),
        }
    }

    /// Reads the age of the oldest row; the last known age stays when the database is away.
    async fn measure(&self) {
        if let Err(error) = self.age.measure(&self.pool).await {
            warn!(%error, "the outbox is not measured");
        }
    }

    fn count(&self, topic: &str) {
        self.published.get_or_create(&TopicLabel { topic: topic.to_owned() }).inc();
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep(deadline.saturating_duration_since(Instant::now())).await,
        None => std::future::pending().await,
    }
}

/// Doubles with each failure.
fn backoff(failures: u32) -> Duration {
    let (first, longest) = BACKOFF;
    first.saturating_mul(1_u32 << failures.saturating_sub(1).min(10)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_after_failures_doubles_up_to_its_limit() {
        let waits: Vec<u64> =
            (1..=7).map(|n| u64::try_from(backoff(n).as_millis()).expect("small")).collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff(u32::MAX), BACKOFF.1);
    }
}
