//! Consumers: one file per consumer, and the runner that all share.

mod audit;
mod runner;

use async_trait::async_trait;

use domain::ports::{Effect, StoreError};
use domain::record::Delivery;

pub use audit::Audit;
pub use runner::{ConsumerError, Runner};

/// Why a record had no effect.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The same record may succeed later: it is tried again and never skipped.
    #[error("{0}")]
    Retry(String),
    /// The same record fails again: it goes to the dead letter.
    #[error("{0}")]
    Drop(String),
}

impl From<StoreError> for HandleError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => Self::Retry(reason),
            error => Self::Drop(error.to_string()),
        }
    }
}

/// Makes the effect of a record.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Makes the effect once per event, however often the record arrives.
    async fn handle(&self, delivery: &Delivery) -> Result<Effect, HandleError>;
}
