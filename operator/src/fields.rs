//! Manifests become platforms, strictly: what the API server would refuse or drop is an error that names the field.

use anyhow::{Context, bail, ensure};
use kube::Resource;
use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;

/// All platforms of a YAML (or JSON) text, in order. Documents of other kinds are skipped.
pub fn platforms(text: &str, namespace: &str) -> anyhow::Result<Vec<TodoPlatform>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).context("failed to parse")?;
    let wanted = |document: &&Value| document["kind"] == *TodoPlatform::kind(&());
    let found: Vec<_> = documents
        .iter()
        .filter(wanted)
        .map(|document| platform(document, namespace))
        .collect::<Result<_, _>>()?;
    ensure!(!found.is_empty(), "no document of kind TodoPlatform");
    Ok(found)
}

fn platform(document: &Value, namespace: &str) -> anyhow::Result<TodoPlatform> {
    let name = document["metadata"]["name"].as_str().context("metadata.name: required")?;
    decode(document, namespace).with_context(|| format!("TodoPlatform \"{name}\""))
}

fn decode(document: &Value, namespace: &str) -> anyhow::Result<TodoPlatform> {
    let expected = TodoPlatform::api_version(&());
    let version = document["apiVersion"].as_str().unwrap_or_default();
    ensure!(version == expected, "apiVersion: \"{version}\" is not served; use \"{expected}\"");
    let mut platform: TodoPlatform = serde_path_to_error::deserialize(document)
        .map_err(|error| anyhow::anyhow!("{}: {}", error.path(), error.inner()))?;
    let unknown = unknown_fields(&document["spec"], &serde_json::to_value(&platform.spec)?, "spec");
    if !unknown.is_empty() {
        bail!("unknown field: {}", unknown.join(", "));
    }
    platform.metadata.namespace.get_or_insert_with(|| namespace.to_owned());
    Ok(platform)
}

/// Paths of those fields of the input that did not survive decoding.
fn unknown_fields(input: &Value, decoded: &Value, path: &str) -> Vec<String> {
    match (input, decoded) {
        (Value::Object(input), Value::Object(decoded)) => input
            .iter()
            .filter(|(_, value)| !value.is_null())
            .flat_map(|(field, value)| {
                let path = format!("{path}.{field}");
                match decoded.get(field) {
                    Some(decoded) => unknown_fields(value, decoded, &path),
                    None => vec![path],
                }
            })
            .collect(),
        (Value::Array(input), Value::Array(decoded)) => input
            .iter()
            .zip(decoded)
            .enumerate()
            .flat_map(|(index, (input, decoded))| unknown_fields(input, decoded, &format!("{path}[{index}]")))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "apiVersion: todoplatform.dev/v1alpha1\nkind: TodoPlatform\nmetadata: { name: todo }\n";

    fn error(spec: &str) -> String {
        let error = platforms(&format!("{HEAD}{spec}"), "default").expect_err("refused");
        format!("{error:#}")
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_path() {
        let error = error("spec: { api: { replicas: many } }");
        assert!(error.starts_with("TodoPlatform \"todo\": spec.api.replicas: "), "{error}");
    }

    #[test]
    fn a_misspelled_field_is_named_by_its_path() {
        let error = error("spec: { database: { embeded: {} }, profil: local }");
        assert_eq!(error, "TodoPlatform \"todo\": unknown field: spec.database.embeded, spec.profil");
    }

    #[test]
    fn a_key_given_twice_is_an_error() {
        assert!(error("spec: { profile: local, profile: custom }").contains("duplicate"));
    }

    #[test]
    fn other_kinds_and_empty_documents_are_skipped() -> anyhow::Result<()> {
        let text = format!("---\nkind: Secret\n---\n---\n{HEAD}spec: {{ profile: local, paused: null }}\n");
        let found = platforms(&text, "tools")?;
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().and_then(|p| p.metadata.namespace.as_deref()), Some("tools"));
        Ok(())
    }

    #[test]
    fn a_file_without_a_platform_is_an_error() {
        let error = platforms("kind: Secret", "default").expect_err("no platform");
        assert_eq!(error.to_string(), "no document of kind TodoPlatform");
    }
}
