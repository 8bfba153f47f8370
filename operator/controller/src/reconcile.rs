//! One visit, as a table of contents.

use std::sync::Arc;

use kube::core::DynamicObject;
use kube::runtime::controller::Action;
use todo_operator_api::v1alpha1::{TodoPlatform, TodoPlatformStatus};
use todo_operator_core::gathered::Gathered;
use todo_operator_core::{Outcome, desire, observe, plan};

use crate::apply::apply;
use crate::cleanup::{clean_up, settle_finalizer};
use crate::context::Context;
use crate::errors::ApiError;
use crate::gather::gather;
use crate::guard::{Guarded, guard};
use crate::prune::prune;
use crate::report::report;
use crate::requeue;
use crate::retain::settle_owners;
use crate::visit::Visit;

/// A visit that failed; the platform is visited again.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// Facts could not be read, or the status could not be written.
    #[error("failed to visit TodoPlatform \"{namespace}/{name}\": {source}")]
    Visit {
        /// Namespace of the platform.
        namespace: String,
        /// Name of the platform.
        name: String,
        /// The request that failed.
        source: ApiError,
    },
}

/// Visits a platform: brings it one step closer to its description and reports.
pub async fn reconcile(object: Arc<DynamicObject>, ctx: Arc<Context>) -> Result<Action, ReconcileError> {
    // The semaphore lives as long as the context and is never closed.
    let _permit = ctx.permits.acquire().await;
    ctx.caches.wait_until_synced().await;
    let mut measured = ctx.metrics.visit();
    let visited = match guard(&ctx, &object) {
        Guarded::Live(platform) => keep(&ctx, &platform).await,
        Guarded::Deleting(platform, decoded) => let_go(&ctx, &platform, decoded).await,
        Guarded::Undecodable(platform, words) => conclude(&ctx, &platform, Outcome::Undecodable(words)).await,
    };
    measured.succeed_if(visited.is_ok());
    visited.map_err(|source| ReconcileError::Visit {
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone().unwrap_or_default(),
        source,
    })
}

/// Keeps a platform as described.
async fn keep(ctx: &Context, platform: &TodoPlatform) -> Result<Action, ApiError> {
    let visit = Visit::new(ctx, platform);
    let gathered = match prepare(&visit).await {
        Ok(gathered) => gathered,
        Err(error) => return Err(told(&visit, error, Outcome::Failed).await),
    };
    let outcome = match plan(platform, &gathered, &ctx.settings.images) {
        Err(problems) => Outcome::Blocked(problems),
        Ok(plan) => {
            let bundle = desire(&plan);
            let mut applied = apply(&visit, &bundle, &gathered).await;
            prune(&visit, &bundle, &mut applied).await;
            Outcome::Applied { observed: observe(&bundle, &applied, &gathered), plan: Box::new(plan) }
        }
    };
    conclude(ctx, platform, outcome).await
}

/// What has to succeed before anything can be planned.
async fn prepare(visit: &Visit<'_>) -> Result<Gathered, ApiError> {
    settle_finalizer(visit).await?;
    settle_owners(visit).await?;
    gather(visit).await
}

/// The error of a visit, after the status says it. A conflict is not told: the watch brings the newer form.
async fn told(visit: &Visit<'_>, error: ApiError, outcome: fn(String) -> Outcome) -> ApiError {
    if !error.is_conflict()
        && let Err(unreported) = report(visit, &outcome(error.to_string())).await
    {
        tracing::warn!(namespace = visit.namespace(), platform = visit.name(), error = %unreported, "no status");
    }
    error
}

/// Lets a platform go that is being deleted.
async fn let_go(
    ctx: &Context,
    platform: &TodoPlatform,
    decoded: Result<(), String>,
) -> Result<Action, ApiError> {
    let visit = Visit::new(ctx, platform);
    let cleaned = match clean_up(&visit, decoded).await {
        Ok(cleaned) => cleaned,
        Err(error) => return Err(told(&visit, error, Outcome::Deleting).await),
    };
    if let Some(outcome) = cleaned {
        return Ok(next(&visit, &outcome, &platform.status.clone().unwrap_or_default()));
    }
    ctx.forget(visit.uid());
    Ok(Action::await_change())
}

/// Reports an outcome and says when to come again.
async fn conclude(ctx: &Context, platform: &TodoPlatform, outcome: Outcome) -> Result<Action, ApiError> {
    let visit = Visit::new(ctx, platform);
    let status = report(&visit, &outcome).await?;
    Ok(next(&visit, &outcome, &status))
}

fn next(visit: &Visit<'_>, outcome: &Outcome, status: &TodoPlatformStatus) -> Action {
    let failures = {
        let mut memory = visit.memory.lock();
        memory.failures = if requeue::is_failure(outcome) { memory.failures.saturating_add(1) } else { 0 };
        memory.failures
    };
    requeue::after(outcome, status, failures).map_or_else(Action::await_change, Action::requeue)
}

/// When to come again after a failed visit.
pub(crate) fn after_error(object: &DynamicObject, error: &ReconcileError, ctx: &Context) -> Action {
    tracing::warn!(namespace = object.metadata.namespace, platform = object.metadata.name, %error, "visit failed");
    let memory = ctx.memory(object.metadata.uid.as_deref().unwrap_or_default());
    let mut memory = memory.lock();
    memory.failures = memory.failures.saturating_add(1);
    Action::requeue(requeue::backoff(memory.failures))
}
