//! Appends every task event to the audit log.

use std::sync::Arc;

use async_trait::async_trait;

use domain::event::Event;
use domain::ports::{AuditLog, Effect};
use domain::record::Delivery;

use super::{HandleError, Handler};

/// The audit consumer.
pub struct Audit {
    log: Arc<dyn AuditLog>,
}

impl Audit {
    /// Writes to `log`.
    #[must_use]
    pub fn new(log: Arc<dyn AuditLog>) -> Self {
        Self { log }
    }
}

#[async_trait]
impl Handler for Audit {
    async fn handle(&self, delivery: &Delivery) -> Result<Effect, HandleError> {
        let event = Event::decode(&delivery.payload).map_err(|error| HandleError::Drop(error.to_string()))?;
        Ok(self.log.append(contract::topics::AUDIT.name, &event).await?)
    }
}
