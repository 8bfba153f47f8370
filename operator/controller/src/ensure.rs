//! Objects that are created once and then left alone: generated Secrets and Jobs.

use std::collections::BTreeMap;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use todo_operator_core::bundle::{Cause, GeneratedKey, Object};
use todo_operator_core::desired::CONFIG_ANNOTATION;
use todo_operator_core::gate::{JobState, job_state};
use todo_operator_core::gathered::SecretFacts;

use crate::apply::change;
use crate::errors::request;
use crate::objects::named;
use crate::ownership::{controller, obstacle};
use crate::visit::Visit;

/// After this time a failed Job is replaced: long enough to read its log, short enough to heal without help.
const RETRY_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Creates a Secret with random values when it is absent; fills keys that an existing one lacks; never changes a
/// value. Returns its metadata.
pub(crate) async fn secret(
    visit: &Visit<'_>,
    (object, keys): (&Object, &[GeneratedKey]),
    (manifest, facts): (&Value, Option<&SecretFacts>),
    pending: &mut Vec<String>,
) -> Result<Option<Value>, Cause> {
    let (kind, name) = (object.kind, object.name.as_str());
    let Some(live) = visit.current(kind, name).await.map_err(|error| error.cause())? else {
        if visit.dry {
            pending.push(change("create", kind, name));
            return Ok(None);
        }
        let manifest = filled(manifest, keys, |_| true)?;
        // `None`: somebody created it since; the next visit looks at it.
        return visit.create(kind, &manifest).await.map_err(|error| error.cause());
    };
    if let Some(cause) = obstacle(&named(kind, name), &live, visit.platform) {
        return Err(cause);
    }
    let lacks = facts.is_some_and(|facts| wanted(manifest, keys).any(|key| !facts.keys.contains(key)));
    let misowned = object.retained == controller(&live).is_some();
    if visit.dry {
        if lacks || misowned {
            pending.push(change("patch", kind, name));
        }
        return Ok(Some(live));
    }
    let live = if lacks { complete(visit, (object, keys), manifest).await?.unwrap_or(live) } else { live };
    if misowned {
        return own(visit, object, manifest, &live).await.map(Some);
    }
    Ok(Some(live))
}

/// Keys that the Secret has to have: generated and fixed ones.
fn wanted<'a>(manifest: &'a Value, keys: &'a [GeneratedKey]) -> impl Iterator<Item = &'a String> {
    let fixed = manifest["stringData"].as_object().into_iter().flat_map(serde_json::Map::keys);
    keys.iter().map(|key| &key.key).chain(fixed)
}

/// The manifest with random values for those of the keys that are asked for.
fn filled(manifest: &Value, keys: &[GeneratedKey], asked: impl Fn(&str) -> bool) -> Result<Value, Cause> {
    let mut manifest = manifest.clone();
    let mut values: BTreeMap<String, Value> = BTreeMap::new();
    for (key, value) in manifest["stringData"].as_object().into_iter().flatten() {
        values.insert(key.clone(), value.clone());
    }
    for key in keys {
        values.insert(key.key.clone(), json!(random(key.bytes)?));
    }
    values.retain(|key, _| asked(key));
    manifest["stringData"] = json!(values);
    Ok(manifest)
}

/// Random bytes of the operating system, in hexadecimal.
fn random(bytes: usize) -> Result<String, Cause> {
    let mut buffer = vec![0; bytes];
    SysRng
        .try_fill_bytes(&mut buffer)
        .map_err(|error| Cause::Transient(format!("failed to read random bytes of the system: {error}")))?;
    Ok(hex::encode(buffer))
}

/// Adds the missing keys alone. The Secret is read again and the patch carries its version, so that a value that
/// somebody added since is not overwritten.
async fn complete(
    visit: &Visit<'_>,
    (object, keys): (&Object, &[GeneratedKey]),
    manifest: &Value,
) -> Result<Option<Value>, Cause> {
    let (kind, name) = (object.kind, object.name.as_str());
    let found = request(format!("get {}", named(kind, name)), visit.api(kind).get_opt(name)).await;
    let Some(found) = found.map_err(|error| error.cause())? else { return Ok(None) };
    let has = |key: &str| found.data["data"][key].as_str().is_some_and(|value| !value.is_empty());
    let missing = filled(manifest, keys, |key| !has(key))?;
    let version = json!({ "resourceVersion": found.metadata.resource_version });
    let patch = json!({ "metadata": version, "stringData": missing["stringData"] });
    visit.merge((kind, name), &patch).await.map(Some).map_err(|error| error.cause())
}

/// Ties a Secret to the platform, or unties it, as the deletion policy says.
async fn own(visit: &Visit<'_>, object: &Object, manifest: &Value, live: &Value) -> Result<Value, Cause> {
    let owners = if object.retained { Value::Null } else { manifest["metadata"]["ownerReferences"].clone() };
    let version = &live["metadata"]["resourceVersion"];
    let patch = json!({"metadata": {"resourceVersion": version, "ownerReferences": owners}});
    visit.merge((object.kind, &object.name), &patch).await.map_err(|error| error.cause())
}

/// Creates a Job when it is absent. One that failed more than five minutes ago, or that is not complete and was made
/// from another template or with other credentials, is deleted, and the next visit creates it again.
pub(crate) async fn job(
    visit: &Visit<'_>,
    object: &Object,
    manifest: &Value,
    pending: &mut Vec<String>,
) -> Result<Option<Value>, Cause> {
    let (kind, name) = (object.kind, object.name.as_str());
    let Some(live) = visit.current(kind, name).await.map_err(|error| error.cause())? else {
        if visit.dry {
            pending.push(change("create", kind, name));
            return Ok(None);
        }
        return visit.create(kind, manifest).await.map_err(|error| error.cause());
    };
    if let Some(cause) = obstacle(&named(kind, name), &live, visit.platform) {
        return Err(cause);
    }
    let replaced = is_due(&live, Timestamp::now()) || is_outdated(&live, manifest);
    if replaced && live["metadata"]["deletionTimestamp"].is_null() {
        if visit.dry {
            pending.push(change("delete", kind, name));
        } else {
            visit.delete(kind, &live).await.map_err(|error| error.cause())?;
        }
    }
    Ok(Some(live))
}

/// Whether the Job is not complete and was made from another template or with other credentials than today's.
fn is_outdated(job: &Value, manifest: &Value) -> bool {
    let configuration = |job: &Value| job["metadata"]["annotations"][CONFIG_ANNOTATION].clone();
    job_state(job) != JobState::Complete && configuration(job) != configuration(manifest)
}

/// Whether the Job failed long enough ago.
fn is_due(job: &Value, now: Timestamp) -> bool {
    let conditions = job["status"]["conditions"].as_array();
    let failed = conditions.into_iter().flatten().find(|c| c["type"] == "Failed" && c["status"] == "True");
    let since = failed.and_then(|failed| failed["lastTransitionTime"].as_str()?.parse::<Timestamp>().ok());
    job_state(job) == JobState::Failed && since.is_none_or(|since| now.duration_since(since) >= RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<GeneratedKey> {
        vec![GeneratedKey { key: "password".into(), bytes: 24 }]
    }

    #[test]
    fn generated_values_are_random_hexadecimal_of_twice_the_length() {
        let manifest = json!({"stringData": {"username": "todo"}});
        let fill = || filled(&manifest, &keys(), |_| true).expect("random bytes")["stringData"].clone();
        let (one, other) = (fill(), fill());
        assert_eq!(one["username"], "todo");
        assert_eq!(one["password"].as_str().map(str::len), Some(48));
        assert_ne!(one["password"], other["password"]);
    }

    #[test]
    fn only_missing_keys_are_filled() {
        let filled = filled(&json!({"stringData": {"username": "todo"}}), &keys(), |key| key == "username");
        assert_eq!(filled.expect("random bytes")["stringData"], json!({"username": "todo"}));
    }

    #[test]
    fn a_job_is_replaced_five_minutes_after_it_failed() {
        let failed = |at: &str| json!({"status": {"conditions": [{"type": "Failed", "status": "True", "lastTransitionTime": at}]}});
        let now = "2026-01-01T00:10:00Z".parse().expect("a time");
        assert!(is_due(&failed("2026-01-01T00:05:00Z"), now));
        assert!(!is_due(&failed("2026-01-01T00:05:01Z"), now));
        assert!(!is_due(&json!({"status": {"failed": 3}}), now), "it is still retrying");
    }

    #[test]
    fn a_job_that_is_not_complete_is_replaced_when_its_configuration_changes() {
        let with = |hash: &str, status: Value| json!({"metadata": {"annotations": {CONFIG_ANNOTATION: hash}}, "status": status});
        let today = with("new", Value::Null);
        assert!(is_outdated(&with("old", json!({"failed": 1})), &today));
        assert!(!is_outdated(&with("new", json!({"failed": 1})), &today));
        let complete = json!({"failed": 1, "conditions": [{"type": "Complete", "status": "True"}]});
        assert!(!is_outdated(&with("old", complete), &today), "what is done stays done");
        assert!(is_outdated(&with("old", json!({"active": 1})), &today), "its image may never come");
    }
}
