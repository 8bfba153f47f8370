//! The life of the operator: check the schema, become the leader, keep platforms, drain.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use kube::runtime::applier;
use kube::runtime::controller::{Config as ApplierConfig, Error as ApplierError};
use kube::runtime::reflector::store::Writer;
use kube::{Client, Config};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::admin::{Readiness, router};
use crate::broker::Broker;
use crate::context::Context;
use crate::kinds;
use crate::lease::Elector;
use crate::metrics::Metrics;
use crate::reconcile::{after_error, reconcile};
use crate::schema;
use crate::settings::Settings;
use crate::watches::triggers;

/// Pause between looks at a definition that is not there or too old.
const SCHEMA_RETRY: Duration = Duration::from_secs(5);
/// How long visits may take to end after SIGTERM (the kubelet kills after 30 s by default).
const DRAIN: Duration = Duration::from_secs(20);
/// Changes within this time cause one visit.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Why the operator ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no way to the cluster.
    #[error("failed to configure the Kubernetes client: {0}")]
    Client(String),
    /// The admin server could not start, or ended.
    #[error("failed to serve the admin endpoints on {address}: {source}")]
    Admin {
        /// Where it should listen.
        address: std::net::SocketAddr,
        /// Why it does not.
        source: std::io::Error,
    },
    /// Signals cannot be received.
    #[error("failed to listen for signals: {0}")]
    Signals(std::io::Error),
    /// Another replica may be acting by now.
    #[error("failed to renew the lease in time; this process ends so that two replicas never act")]
    LeaseLost,
}

/// Runs the operator until SIGTERM or SIGINT.
pub async fn run(settings: Settings, broker: Arc<dyn Broker>) -> Result<(), RunError> {
    let client = client().await?;
    let stop = stop_on_signal()?;
    let (readiness, metrics) = (Readiness::new(), Metrics::default());
    let address = settings.admin_address;
    let failed = |source| RunError::Admin { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let admin = axum::serve(listener, router(readiness.clone(), metrics.clone()));
    let ctx = Context::new(client, settings, broker, metrics);
    tokio::select! {
        ended = admin.into_future() => ended.map_err(failed),
        ended = lead(&ctx, &readiness, stop) => ended,
    }
}

/// A client whose errors reach the visit that caused them: kube's own retries would hide an outage for minutes.
async fn client() -> Result<Client, RunError> {
    let mut config = Config::infer().await.map_err(|error| RunError::Client(error.to_string()))?;
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(5));
    Client::try_from(config).map_err(|error| RunError::Client(error.to_string()))
}

fn stop_on_signal() -> Result<CancellationToken, RunError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stopped.cancel();
    });
    Ok(stop)
}

/// Waits for the schema and for the lease, then acts.
async fn lead(ctx: &Arc<Context>, readiness: &Readiness, stop: CancellationToken) -> Result<(), RunError> {
    let mut elector = Elector::new(ctx.client.clone(), ctx.settings.lease.clone());
    let elected = async {
        await_schema(ctx, readiness).await;
        readiness.declare();
        elector.acquire().await;
    };
    tokio::select! {
        () = stop.cancelled() => return Ok(()),
        () = elected => {}
    }
    ctx.metrics.leading(true);
    let ended = tokio::select! {
        () = control(ctx, stop.clone()) => Ok(()),
        () = elector.keep() => Err(RunError::LeaseLost),
        () = drained(&stop) => {
            tracing::warn!("visits did not end in time");
            Ok(())
        }
        () = synced(ctx, readiness) => Ok(()),
    };
    ctx.metrics.leading(false);
    if ended.is_ok()
        && let Err(error) = elector.release().await
    {
        tracing::warn!(%error, "the lease expires by itself");
    }
    ended
}

/// The time that visits may take to end has passed.
async fn drained(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}

/// A leader is ready once it knows the cluster. Never ends.
async fn synced(ctx: &Context, readiness: &Readiness) {
    // The feeds register themselves when the watches start, in the same turn of the select.
    tokio::task::yield_now().await;
    if !ctx.caches.synced() {
        readiness.withdraw("listing the objects of the platforms".to_owned());
        ctx.caches.wait_until_synced().await;
    }
    readiness.declare();
    std::future::pending::<()>().await;
}

async fn await_schema(ctx: &Context, readiness: &Readiness) {
    let namespace = ctx.settings.watch_namespaces.first().map(String::as_str);
    while let Err(error) = schema::check(&ctx.client, namespace).await {
        tracing::error!(%error, "waiting for the CustomResourceDefinition");
        readiness.withdraw(error.to_string());
        tokio::time::sleep(SCHEMA_RETRY).await;
    }
}

/// Keeps platforms until told to stop; visits that run then are finished.
pub async fn control(ctx: &Arc<Context>, stop: CancellationToken) {
    let namespaces = &ctx.settings.watch_namespaces;
    if namespaces.is_empty() {
        return control_within(ctx, None, stop).await;
    }
    let all = namespaces.iter().map(|namespace| control_within(ctx, Some(namespace), stop.clone()));
    join_all(all).await;
}

async fn control_within(ctx: &Arc<Context>, namespace: Option<&str>, stop: CancellationToken) {
    let writer = Writer::new(kinds::platform());
    let store = writer.as_reader();
    let queue = triggers(ctx, namespace, writer).map(Ok::<_, std::convert::Infallible>);
    let config = ApplierConfig::default().concurrency(ctx.settings.concurrency.max(1)).debounce(DEBOUNCE);
    let visit = |object, ctx| Box::pin(reconcile(object, ctx));
    let failed = |object: Arc<_>, error: &_, ctx: Arc<_>| after_error(&object, error, &ctx);
    applier(visit, failed, Arc::clone(ctx), store, queue.take_until(stop.cancelled_owned()), config)
        .into_stream()
        .for_each(|visited| async move {
            match visited {
                // Said already where it happened, or an object that is gone by now.
                Ok(_) | Err(ApplierError::ReconcilerFailed(..) | ApplierError::ObjectNotFound(_)) => {}
                Err(error) => tracing::warn!(%error, "the controller"),
            }
        })
        .await;
}
