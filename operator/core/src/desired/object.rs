//! From typed objects to entries of the bundle.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::Value;

use crate::bundle::{Kind, Mode, Object};
use crate::identity::Identity;

/// Metadata of a child: name, namespace and labels.
pub(super) fn metadata(identity: &Identity, component: &str, name: String) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(identity.namespace.clone()),
        labels: Some(identity.labels(component)),
        ..ObjectMeta::default()
    }
}

/// An applied object that goes away with the platform.
pub(super) fn applied(kind: Kind, object: &impl Serialize) -> Object {
    entry(kind, Mode::Apply, false, object)
}

/// An entry of the bundle. `apiVersion` and `kind` come from the type's own serialisation.
pub(super) fn entry(kind: Kind, mode: Mode, retained: bool, object: &impl Serialize) -> Object {
    let manifest = serde_json::to_value(object).expect("objects of Kubernetes have text keys only");
    let name = manifest["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    Object { kind, name, mode, retained, manifest: without_empty(manifest) }
}

/// Drops nulls, which server-side apply would read as owned fields.
fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_empty(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_empty).collect()),
        other => other,
    }
}
