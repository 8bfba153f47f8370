//! Awaiting a condition with a deadline.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

const INTERVAL: Duration = Duration::from_millis(200);

/// Seconds as a duration.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Probes every 200 ms until the probe succeeds. When the time is over, its last error says what was seen instead.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    mut probe: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        match probe().await {
            Ok(found) => return Ok(found),
            Err(seen) if start.elapsed() >= within => {
                return Err(seen).with_context(|| format!("{what}: not within {} s", within.as_secs()));
            }
            Err(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}
