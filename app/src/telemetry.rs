//! The log.

use anyhow::Context;
use contract::env;
use service::settings::{Lookup, choice};
use tracing_subscriber::EnvFilter;

/// Writes the log to standard error in the wanted format.
pub(crate) fn start(lookup: Lookup<'_>) -> anyhow::Result<()> {
    let format = choice(lookup, env::LOG_FORMAT, Some("json"), &["json", "text"])?;
    let level = lookup(env::LOG_LEVEL).filter(|level| !level.is_empty()).unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(&level)
        .with_context(|| format!("failed to read the settings: {} is no filter", env::LOG_LEVEL))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if format == "json" {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        log.init();
    }
    Ok(())
}
