//! Readiness of a role: not before its schema is new enough, and not while it drains.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service::http::Readiness;
use service::store::Store;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Wait between two looks at a schema that is too old or out of reach.
const RETRY: Duration = Duration::from_secs(2);

/// Set once the schema was found good; later the database is not asked again, so that it may sleep.
#[derive(Clone, Default)]
pub(crate) struct Schema(Arc<AtomicBool>);

impl Schema {
    /// Looks until the schema is new enough. Returns `false` if `stop` came first.
    pub(crate) async fn wait(&self, store: &Store, stop: &CancellationToken) -> bool {
        while let Err(error) = store.check_schema().await {
            warn!(%error, "not ready");
            tokio::select! {
                () = stop.cancelled() => return false,
                () = sleep(RETRY) => {}
            }
        }
        self.0.store(true, Ordering::Relaxed);
        info!("the schema is new enough");
        true
    }

    /// Whether the schema was found good.
    pub(crate) fn fits(&self) -> Result<(), String> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err("the schema does not fit this release, or is out of reach; see the log".to_owned())
    }

    /// Readiness from memory: schema, `stop` and the role's own condition.
    pub(crate) fn readiness(
        &self,
        stop: &CancellationToken,
        role: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Readiness {
        let (schema, stop) = (self.clone(), stop.clone());
        Arc::new(move || {
            if stop.is_cancelled() {
                return Err("draining".to_owned());
            }
            schema.fits()?;
            role()
        })
    }
}
