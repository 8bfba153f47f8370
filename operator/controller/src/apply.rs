//! Objects reach the API server, stage by stage; what is as desired sends no request.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use todo_operator_core::bundle::{Applied, Bundle, Cause, Kind, Live, Mode, Object, Stage, Stopped};
use todo_operator_core::gate;
use todo_operator_core::gathered::Gathered;

use crate::context::Written;
use crate::objects::named;
use crate::ownership::obstacle;
use crate::visit::Visit;
use crate::{covers, ensure, topics};

/// Annotation with the SHA-256 of the manifest that was applied last: it tells that a field was dropped.
pub(crate) const HASH_ANNOTATION: &str = "todoplatform.dev/applied-hash";

/// Applies the bundle up to the first stage that is not done. Of the stages after it, what exists is looked at and
/// left as it is: the last good revision goes on serving.
pub(crate) async fn apply(visit: &Visit<'_>, bundle: &Bundle, gathered: &Gathered) -> Applied {
    let mut applied = Applied::default();
    for stage in Stage::ALL {
        if applied.stopped.is_some() {
            look(visit, bundle.stage(stage), &mut applied);
            if stage == Stage::Topics {
                applied.topics = topics::remembered(visit, bundle, gathered);
            }
            continue;
        }
        let done = apply_stage(visit, bundle, (stage, gathered), &mut applied).await;
        let cause = done.err().or_else(|| {
            let open = visit.dry || gate::open(stage, bundle, &applied);
            (!open).then_some(Cause::Gate)
        });
        applied.stopped = cause.map(|cause| Stopped { stage, cause });
    }
    applied
}

async fn apply_stage(
    visit: &Visit<'_>,
    bundle: &Bundle,
    (stage, gathered): (Stage, &Gathered),
    applied: &mut Applied,
) -> Result<(), Cause> {
    let objects = bundle.stage(stage);
    for (index, object) in objects.iter().enumerate() {
        let manifest = desired(object, bundle);
        let put = match &object.mode {
            Mode::Apply => place(visit, object, &manifest, &mut applied.pending).await,
            Mode::Generate(keys) => {
                let facts = gathered.secrets.get(&object.name);
                ensure::secret(visit, (object, keys), (&manifest, facts), &mut applied.pending).await
            }
            Mode::Create => ensure::job(visit, object, &manifest, &mut applied.pending).await,
        };
        match put {
            Ok(live) => applied.live.extend(live.map(|live| of(object, live))),
            Err(cause) => {
                look(visit, &objects[index..], applied);
                return Err(cause);
            }
        }
    }
    // A paused platform whose broker is not there yet has no topics to look at.
    if stage == Stage::Topics && (!visit.dry || gate::open(Stage::Broker, bundle, applied)) {
        applied.topics = topics::apply(visit, bundle, gathered, &mut applied.pending).await?;
    }
    Ok(())
}

fn of(object: &Object, live: Value) -> Live {
    Live { kind: object.kind, name: object.name.clone(), object: live }
}

/// Notes what exists, without a request.
fn look(visit: &Visit<'_>, objects: &[Object], applied: &mut Applied) {
    for object in objects {
        let cached = visit.cached(object.kind, &object.name);
        let own = cached.filter(|live| obstacle("", live, visit.platform).is_none());
        applied.live.extend(own.map(|live| of(object, live)));
    }
}

/// The manifest with its owner, unless it outlives the platform.
fn desired(object: &Object, bundle: &Bundle) -> Value {
    let mut manifest = object.manifest.clone();
    if !object.retained {
        manifest["metadata"]["ownerReferences"] = json!([bundle.owner]);
    }
    manifest
}

/// Server-side apply, unless the live object is as desired.
async fn place(
    visit: &Visit<'_>,
    object: &Object,
    manifest: &Value,
    pending: &mut Vec<String>,
) -> Result<Option<Value>, Cause> {
    let (kind, name) = (object.kind, object.name.as_str());
    let hash = hex::encode(Sha256::digest(manifest.to_string()));
    let mut manifest = manifest.clone();
    manifest["metadata"]["annotations"][HASH_ANNOTATION] = json!(hash);
    let current = visit.current(kind, name).await.map_err(|error| error.cause())?;
    if let Some(live) = &current {
        if let Some(cause) = obstacle(&named(kind, name), live, visit.platform) {
            return Err(cause);
        }
        if is_settled(visit, (kind, name), (&manifest, &hash), live) {
            return Ok(current);
        }
    }
    if visit.dry {
        pending.push(change(if current.is_some() { "patch" } else { "create" }, kind, name));
        return Ok(current);
    }
    let answer =
        visit.server_side_apply((kind, name), &manifest, &hash).await.map_err(|error| error.cause())?;
    if let Some(path) = covers::difference(&manifest, &answer) {
        tracing::warn!(kind = kind.as_str(), name, path, "the API server keeps a field in another form");
    }
    Ok(Some(answer))
}

/// Whether nothing needs to be sent: the manifest was applied before and is still there. A field that the API server
/// keeps in another form is compared with its answer to the last write, or every visit would write.
fn is_settled(
    visit: &Visit<'_>,
    (kind, name): (Kind, &str),
    (manifest, hash): (&Value, &str),
    live: &Value,
) -> bool {
    let memory = visit.memory.lock();
    let written = memory.writes.get(&(kind, name.to_owned()));
    as_desired(manifest, hash, live, written)
}

fn as_desired(manifest: &Value, hash: &str, live: &Value, written: Option<&Written>) -> bool {
    if live["metadata"]["annotations"][HASH_ANNOTATION] != hash {
        return false;
    }
    let as_answered =
        || written.is_some_and(|written| written.hash == hash && covers::same_intent(&written.object, live));
    covers::difference(manifest, live).is_none() || as_answered()
}

/// A change that a paused platform holds back.
pub(crate) fn change(verb: &str, kind: Kind, name: &str) -> String {
    format!("{verb} {}/{name}", kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(hash: &str, image: &str) -> Value {
        json!({"metadata": {"annotations": {HASH_ANNOTATION: hash}}, "spec": {"image": image, "default": 1}})
    }

    fn manifest() -> Value {
        json!({"spec": {"image": "a"}})
    }

    #[test]
    fn an_object_as_applied_needs_no_request() {
        assert!(as_desired(&manifest(), "h", &live("h", "a"), None));
    }

    #[test]
    fn a_changed_field_or_another_manifest_needs_one() {
        assert!(!as_desired(&manifest(), "h", &live("h", "b"), None));
        assert!(!as_desired(&manifest(), "h", &live("old", "a"), None));
    }

    #[test]
    fn a_field_that_the_api_server_keeps_in_another_form_is_not_written_again() {
        let answer = live("h", "normalised");
        let written = Written { resource_version: 1, hash: "h".into(), object: answer.clone() };
        assert!(as_desired(&manifest(), "h", &answer, Some(&written)));
        assert!(!as_desired(&manifest(), "h", &live("h", "drifted"), Some(&written)));
    }
}
