//! Age of the oldest outbox row, told at each scrape from memory: a scrape never queries the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::gauge::ConstGauge;
use sqlx::PgPool;

use domain::ports::StoreError;

use crate::store::error::failed_to;
use crate::store::moment::Moment;

const OLDEST: &str = "SELECT created_at FROM outbox ORDER BY seq LIMIT 1";

/// Commit time of the oldest row in microseconds of Unix time; 0 without rows.
#[derive(Clone, Debug, Default)]
pub(super) struct OutboxAge(Arc<AtomicI64>);

impl OutboxAge {
    /// Whether no row was seen.
    pub(super) fn is_zero(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Looks at the table.
    pub(super) async fn measure(&self, pool: &PgPool) -> Result<(), StoreError> {
        let oldest: Option<Moment> =
            sqlx::query_scalar(OLDEST).fetch_optional(pool).await.map_err(failed_to("measure the outbox"))?;
        self.0.store(oldest.map_or(0, |moment| moment.0.as_microsecond()), Ordering::Relaxed);
        Ok(())
    }
}

impl Collector for OutboxAge {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let age = match self.0.load(Ordering::Relaxed) {
            0 => 0.0,
            oldest => std::time::Duration::from_micros(
                Timestamp::now().as_microsecond().saturating_sub(oldest).max(0).unsigned_abs(),
            )
            .as_secs_f64(),
        };
        let help = "Age of the oldest outbox row that is not published yet";
        let metric = encoder.encode_descriptor(
            contract::metrics::OUTBOX_AGE,
            help,
            None,
            <ConstGauge<f64> as TypedMetric>::TYPE,
        )?;
        ConstGauge::new(age).encode(metric)
    }
}
