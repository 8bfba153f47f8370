//! What owner references cannot do at the end: deleting topics on a broker that stays.

use std::collections::BTreeSet;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::Api;
use kube::api::{Patch, PatchParams};
use kube::runtime::events::EventType;
use serde_json::json;
use todo_operator_api::v1alpha1::{Deletion, TodoPlatform};
use todo_operator_core::Outcome;
use todo_operator_core::bundle::Kind;
use todo_operator_core::identity::{COMPONENT_LABEL, MANAGER};
use todo_operator_core::plan::external_topics;

use crate::errors::{ApiError, request};
use crate::gather::{label, own_pods, rivals};
use crate::visit::{Visit, annotation};
use crate::{events, prune, report, topics};

/// Finalizer that exists only while topics on an external broker have to be deleted with the platform.
pub(crate) const FINALIZER: &str = "todoplatform.dev/cleanup";
/// Annotation that lets a platform go without cleaning up: `"true"`.
const FORCE_ANNOTATION: &str = "todoplatform.dev/force-delete";
/// After this time the platform goes, and an Event names what is left.
const DEADLINE: SignedDuration = SignedDuration::from_mins(5);

/// Adds the finalizer when it is needed, removes it when it is not.
pub(crate) async fn settle_finalizer(visit: &Visit<'_>) -> Result<(), ApiError> {
    let needed = is_needed(visit.platform);
    if visit.dry || needed == has_finalizer(visit.platform) {
        return Ok(());
    }
    set_finalizer(visit, needed).await
}

fn is_needed(platform: &TodoPlatform) -> bool {
    let policy = platform.spec.deletion_policy.as_ref().and_then(|policy| policy.topics);
    let broker = platform.spec.messaging.as_ref().and_then(|messaging| messaging.broker.as_ref());
    policy == Some(Deletion::Delete) && broker.is_some_and(|broker| broker.external.is_some())
}

fn has_finalizer(platform: &TodoPlatform) -> bool {
    platform.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER)
}

async fn set_finalizer(visit: &Visit<'_>, needed: bool) -> Result<(), ApiError> {
    let others = visit.platform.metadata.finalizers.iter().flatten().filter(|other| *other != FINALIZER);
    let mut finalizers: Vec<&str> = others.map(String::as_str).collect();
    if needed {
        finalizers.push(FINALIZER);
    }
    let version = visit.platform.metadata.resource_version.as_deref();
    let patch = json!({"metadata": {"resourceVersion": version, "finalizers": finalizers}});
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let api: Api<TodoPlatform> = Api::namespaced(visit.ctx.client.clone(), visit.namespace());
    visit.ctx.metrics.write("TodoPlatform", "patch");
    let what = format!("set the finalizers of TodoPlatform \"{}\"", visit.name());
    match request(what, api.patch_metadata(visit.name(), &parameters, &Patch::Merge(&patch))).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Cleans up after a platform that is being deleted. `None`: nothing holds it any more; else what is being waited
/// for, which the status says.
pub(crate) async fn clean_up(
    visit: &Visit<'_>,
    decoded: Result<(), String>,
) -> Result<Option<Outcome>, ApiError> {
    if !has_finalizer(visit.platform) {
        return Ok(None);
    }
    let forced = annotation(visit.platform, FORCE_ANNOTATION) == Some("true");
    let left = if forced || !is_needed(visit.platform) && decoded.is_ok() {
        None
    } else {
        remains(visit, decoded).await?
    };
    if let Some(left) = left {
        if !is_overdue(visit.platform, Timestamp::now()) {
            let outcome = Outcome::Deleting(left);
            report::report(visit, &outcome).await?;
            return Ok(Some(outcome));
        }
        let note = format!("gave up cleaning up after 5 minutes: {left}");
        events::send(visit.ctx, visit.platform, (EventType::Warning, "Deleting", "CleanUp"), &note).await;
    }
    set_finalizer(visit, false).await?;
    Ok(None)
}

fn is_overdue(platform: &TodoPlatform, now: Timestamp) -> bool {
    let since = platform.metadata.deletion_timestamp.as_ref();
    since.is_some_and(|since| now.duration_since(since.0) >= DEADLINE)
}

/// Deletes the topics, after the workloads that would write to them. Returns what is left to do.
async fn remains(visit: &Visit<'_>, decoded: Result<(), String>) -> Result<Option<String>, ApiError> {
    if let Err(words) = decoded {
        return Ok(Some(format!("topics cannot be named: {words}")));
    }
    let rivals = rivals(&visit.ctx.caches, visit.platform);
    let Some(topics) = external_topics(visit.platform, &rivals) else { return Ok(None) };
    if let Some(pods) = stop_workloads(visit).await? {
        return Ok(Some(format!("waiting for pods to end before their topics are deleted: {pods}")));
    }
    let left = |why: &str| Some(format!("topics {} are left: {why}", topics.names.join(", ")));
    let access = match topics::access(visit, &topics.broker).await {
        Ok(access) => access,
        Err(cause) => return Ok(left(cause.words())),
    };
    let deleted = visit.ctx.broker.delete(&access, &topics.names).await;
    Ok(deleted.err().and_then(|error| left(&error.to_string())))
}

/// Deletes Deployments and Jobs; returns the names of pods that still run.
async fn stop_workloads(visit: &Visit<'_>) -> Result<Option<String>, ApiError> {
    for (kind, object) in prune::own(visit) {
        if matches!(kind, Kind::Deployment | Kind::Job) {
            match visit.delete(kind, &object).await {
                Err(error) if !error.is_conflict() => return Err(error),
                _ => {}
            }
        }
    }
    let stateful = ["database", "broker"];
    let pods: BTreeSet<_> = own_pods(visit)
        .iter()
        .filter(|pod| !label(pod, COMPONENT_LABEL).is_some_and(|component| stateful.contains(&component)))
        .filter(|pod| {
            !pod.status.as_ref().is_some_and(|s| matches!(s.phase.as_deref(), Some("Succeeded" | "Failed")))
        })
        .filter_map(|pod| pod.metadata.name.clone())
        .collect();
    Ok((!pods.is_empty()).then(|| pods.into_iter().collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(spec: &serde_json::Value) -> TodoPlatform {
        let spec = serde_json::from_value(spec.clone()).expect("a spec");
        TodoPlatform::new("todo", spec)
    }

    #[test]
    fn a_finalizer_is_needed_only_for_topics_that_are_deleted_on_an_external_broker() {
        let external = json!({"broker": {"external": {"bootstrapServers": ["kafka:9092"]}}});
        let delete = json!({"topics": "Delete"});
        assert!(is_needed(&platform(&json!({"messaging": external, "deletionPolicy": delete}))));
        assert!(!is_needed(&platform(&json!({"messaging": external}))));
        let embedded = json!({"broker": {"embedded": {}}});
        assert!(!is_needed(&platform(&json!({"messaging": embedded, "deletionPolicy": delete}))));
    }
}
