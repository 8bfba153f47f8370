//! `todo consume`: one consumer, with a listener for probes and metrics.

use std::sync::Arc;

use contract::topics::{CONSUMERS, Consumer};
use domain::ports::Subscription;
use prometheus_client::registry::Registry;
use service::bus::{KafkaPublisher, KafkaSubscription};
use service::consumers::{Audit, Runner};
use service::http;
use service::settings::{ConsumerSettings, Lookup};
use service::store::Store;
use tracing::info;

use crate::readiness::Schema;
use crate::{stop, telemetry};

/// Looks a consumer up by its name.
pub(crate) fn consumer(name: &str) -> Result<Consumer, String> {
    let known = || CONSUMERS.map(|consumer| consumer.name).join(", ");
    CONSUMERS
        .into_iter()
        .find(|consumer| consumer.name == name)
        .ok_or_else(|| format!("known consumers: {}", known()))
}

/// Consumes until SIGTERM.
pub(crate) async fn run(consumer: Consumer, lookup: Lookup<'_>) -> anyhow::Result<()> {
    let settings = ConsumerSettings::read(lookup)?;
    telemetry::start(lookup)?;
    let stop = stop::on_signal()?;
    let store = Store::new(settings.database.clone());
    let topics: Vec<String> = consumer.topics.iter().map(|topic| topic.prefixed(&settings.prefix)).collect();
    let group = consumer.group(&settings.prefix);
    let subscription = Arc::new(KafkaSubscription::new(&settings.kafka, &group, &topics)?);
    let dead_letters = Arc::new(KafkaPublisher::new(settings.kafka.clone())?);
    let handler = Arc::new(Audit::new(Arc::new(store.clone())));
    let runner = Runner::new((consumer, &settings.prefix), subscription.clone(), dead_letters, handler);
    let mut registry = Registry::default();
    runner.register(&mut registry);

    let schema = Schema::default();
    let readiness = schema.readiness(&stop, move || {
        if subscription.joined() { Ok(()) } else { Err("the consumer group is not joined yet".to_owned()) }
    });
    let listener = http::bind(settings.listen).await?;
    info!(consumer = consumer.name, group, address = %settings.listen, "consuming");
    let serving = tokio::spawn(http::serve(listener, http::probes(readiness, registry), stop.clone()));
    if schema.wait(&store, &stop).await {
        runner.run(stop.clone()).await?;
    }
    stop.cancel();
    serving.await??;
    Ok(())
}
