//! Objects that left the bundle are deleted.

use serde_json::Value;
use todo_operator_core::bundle::{Applied, Bundle, Kind, Stage, Stopped};

use crate::apply::change;
use crate::errors::ApiError;
use crate::ownership::controller;
use crate::visit::Visit;

/// Deletes the platform's own objects of prunable kinds that the bundle does not have, once every stage is done.
pub(crate) async fn prune(visit: &Visit<'_>, bundle: &Bundle, applied: &mut Applied) {
    if applied.stopped.is_some() {
        return;
    }
    let left =
        |kind: Kind, name: &str| !bundle.objects().any(|object| object.kind == kind && object.name == name);
    for (kind, object) in own(visit).into_iter().filter(|(kind, object)| left(*kind, name_of(object))) {
        if visit.dry {
            applied.pending.push(change("delete", kind, name_of(&object)));
        } else if let Err(error) = delete(visit, kind, &object).await {
            applied.stopped = Some(Stopped { stage: Stage::Workloads, cause: error.cause() });
            return;
        }
    }
}

/// An object that changed since it was seen is left to the next visit, which the change causes.
async fn delete(visit: &Visit<'_>, kind: Kind, object: &Value) -> Result<(), ApiError> {
    match visit.delete(kind, object).await {
        Err(error) if error.is_conflict() => Ok(()),
        other => other,
    }
}

/// The platform's own objects of prunable kinds that are not on their way out. Only the owner's uid counts.
pub(crate) fn own(visit: &Visit<'_>) -> Vec<(Kind, Value)> {
    let mine = |object: &Value| controller(object).is_some_and(|owner| owner["uid"] == visit.uid());
    let mut objects = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.prunable()) {
        for object in visit.ctx.caches.children_within(kind, visit.namespace()) {
            if mine(&object) && object["metadata"]["deletionTimestamp"].is_null() {
                objects.push((kind, Value::clone(&object)));
            }
        }
    }
    objects
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}
