//! Whether the CustomResourceDefinition in the cluster is one that this operator can work with.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::ListParams;
use kube::core::DynamicObject;
use kube::{Api, Client, CustomResourceExt};
use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;

use crate::errors::{ApiError, request};
use crate::kinds;

/// Why the operator cannot start against the definition.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemaError {
    /// The definition is missing or older than the operator.
    #[error(
        "CRDOutdated: {0}; apply the definitions of this version (`todo-operator crds | kubectl apply --server-side -f -`)"
    )]
    Outdated(String),
    /// The definition could not be read.
    #[error("{0}")]
    Read(ApiError),
}

/// Compares the definition in the cluster with the operator's own. Without the permission to read it, the API itself
/// has to be served.
pub(crate) async fn check(client: &Client, namespace: Option<&str>) -> Result<(), SchemaError> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = TodoPlatform::crd_name();
    match request(format!("get CustomResourceDefinition \"{name}\""), api.get_opt(name)).await {
        Ok(None) => Err(SchemaError::Outdated(format!("CustomResourceDefinition \"{name}\" does not exist"))),
        Ok(Some(live)) => match difference(&live) {
            Some(path) => {
                Err(SchemaError::Outdated(format!("CustomResourceDefinition \"{name}\" lacks {path}")))
            }
            None => Ok(()),
        },
        Err(error) if error.is_forbidden() => served(client, namespace).await,
        Err(error) => Err(SchemaError::Read(error)),
    }
}

async fn served(client: &Client, namespace: Option<&str>) -> Result<(), SchemaError> {
    tracing::warn!("the operator may not read its CustomResourceDefinition: its schema is not checked");
    let resource = kinds::platform();
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    match request("list TodoPlatforms", api.list(&ListParams::default().limit(1))).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => {
            Err(SchemaError::Outdated("the API does not serve TodoPlatforms".to_owned()))
        }
        Err(error) => Err(SchemaError::Read(error)),
    }
}

/// The first field of the operator's schema that the live one lacks.
fn difference(live: &CustomResourceDefinition) -> Option<String> {
    let own = schema(&TodoPlatform::crd());
    let established = live.status.iter().flat_map(|status| status.conditions.iter().flatten());
    if !established
        .into_iter()
        .any(|condition| condition.type_ == "Established" && condition.status == "True")
    {
        return Some("the condition Established".to_owned());
    }
    lacks(&own, &schema(live), "")
}

/// The schema of the version that the operator serves.
fn schema(definition: &CustomResourceDefinition) -> Value {
    let version =
        definition.spec.versions.iter().find(|version| version.name == "v1alpha1" && version.served);
    let schema = version.and_then(|version| version.schema.as_ref()?.open_api_v3_schema.as_ref());
    serde_json::to_value(schema).unwrap_or_default()
}

/// Compares types, fields and words of enumerations; a live schema with more of them is newer, which is fine.
fn lacks(own: &Value, live: &Value, path: &str) -> Option<String> {
    if own["type"].is_string() && own["type"] != live["type"] {
        return Some(format!("a {} at {}", own["type"], if path.is_empty() { "the root" } else { path }));
    }
    let words = own["enum"].as_array().into_iter().flatten();
    let known = |word: &Value| live["enum"].as_array().is_none_or(|live| live.contains(word));
    if let Some(word) = words.into_iter().find(|word| !known(word)) {
        return Some(format!("the value {word} of {path}"));
    }
    let fields = own["properties"].as_object().into_iter().flatten();
    fields
        .into_iter()
        .find_map(|(name, field)| lacks(field, &live["properties"][name.as_str()], &format!("{path}.{name}")))
        .or_else(|| {
            (!own["items"].is_null()).then(|| lacks(&own["items"], &live["items"], &format!("{path}[]")))?
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_has_everything_of_itself_and_may_have_more() {
        let own = schema(&TodoPlatform::crd());
        assert_eq!(lacks(&own, &own, ""), None);
        let mut newer = own.clone();
        newer["properties"]["spec"]["properties"]["future"] = json!({"type": "string"});
        assert_eq!(lacks(&own, &newer, ""), None);
    }

    #[test]
    fn a_missing_field_and_a_missing_word_are_named() {
        let own = schema(&TodoPlatform::crd());
        let mut older = own.clone();
        older["properties"]["spec"]["properties"]["paused"] = Value::Null;
        assert_eq!(lacks(&own, &older, "").as_deref(), Some("a \"boolean\" at .spec.paused"));
        let words = |words: Value| json!({"type": "string", "enum": words});
        assert!(lacks(&words(json!(["a", "b"])), &words(json!(["a"])), ".x").is_some());
    }
}
