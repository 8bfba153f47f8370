//! `todo api`: the HTTP API, and the relay that publishes the outbox.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use service::auth::{Authenticator, Tokens};
use service::bus::KafkaPublisher;
use service::http::{self, Parts};
use service::settings::{ApiSettings, Lookup};
use service::store::Store;
use service::store::relay::{Relay, RelaySettings};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::readiness::Schema;
use crate::{stop, telemetry};

/// Serves until SIGTERM, finishes the requests at work, then publishes what they committed.
pub(crate) async fn run(lookup: Lookup<'_>) -> anyhow::Result<()> {
    let mut settings = ApiSettings::read(lookup)?;
    telemetry::start(lookup)?;
    let stop = stop::on_signal()?;
    let store = Store::new(settings.database.clone());
    let mut registry = Registry::default();
    let relay = relay(&settings, &store)?;
    relay.register(&mut registry);

    let schema = Schema::default();
    let readiness = schema.readiness(&stop, || Ok(()));
    let listener = http::bind(settings.listen).await?;
    info!(address = %settings.listen, "serving");
    let shared = Arc::new(store.clone());
    let tokens = Tokens::new(&settings.signing_secret);
    let issuers = std::mem::take(&mut settings.issuers);
    let parts = Parts {
        tasks: shared.clone(),
        accounts: shared.clone(),
        tags: shared.clone(),
        reminders: shared.clone(),
        erasure: shared.clone(),
        personal_tokens: shared.clone(),
        audit: shared.clone(),
        authenticator: Authenticator::new(tokens, issuers, shared.clone(), shared)?,
        local_accounts: settings.local_accounts,
        edge: settings.edge,
        schema: Arc::new({
            let schema = schema.clone();
            move || schema.fits()
        }),
    };
    // The relay stops after the listener: what the last requests commit is still published.
    let served = CancellationToken::new();
    let housekeeping = tokio::spawn({
        let (store, served) = (store.clone(), served.clone());
        async move { store.keep_house(&served).await }
    });
    let relaying = tokio::spawn({
        let served = served.clone();
        async move {
            if schema.wait(&store, &served).await {
                relay.run(served).await;
            }
        }
    });
    http::serve(listener, http::api(parts, readiness, registry), stop).await?;
    served.cancel();
    relaying.await?;
    housekeeping.await?;
    Ok(())
}

fn relay(settings: &ApiSettings, store: &Store) -> anyhow::Result<Relay> {
    let publisher = Arc::new(KafkaPublisher::new(settings.kafka.clone())?);
    let topics = [contract::topics::TASK_EVENTS, contract::topics::TASK_UPDATES];
    let topics = topics.iter().map(|topic| topic.prefixed(&settings.prefix)).collect();
    Ok(Relay::new(store, publisher, RelaySettings { topics, scale_to_zero: settings.scale_to_zero }))
}
