//! The facts that `render` assumes: every Secret that a platform refers to exists and has the keys that are needed.

use std::collections::BTreeMap;

use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::gathered::{Gathered, SecretFacts};
use todo_operator_core::plan::secret_names;

/// Facts of a platform whose Secrets are all there.
pub fn gathered(platform: &TodoPlatform) -> anyhow::Result<Gathered> {
    let mut secrets: BTreeMap<String, SecretFacts> =
        secret_names(platform).into_iter().map(|name| (name, SecretFacts::default())).collect();
    for (name, key) in referenced_keys(&serde_json::to_value(&platform.spec)?) {
        secrets.entry(name).or_default().keys.insert(key);
    }
    Ok(Gathered { secrets, ..Gathered::default() })
}

/// Secrets and keys that the spec refers to. By the convention of the API, a reference is a field whose name ends in
/// `ecretRef`; without a key of its own it stands for `username` and `password`.
fn referenced_keys(spec: &Value) -> Vec<(String, String)> {
    let fields = match spec {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter().flat_map(referenced_keys).collect(),
        _ => return Vec::new(),
    };
    fields
        .iter()
        .flat_map(|(field, value)| {
            let name = value["name"].as_str().filter(|_| field.ends_with("ecretRef"));
            match (name, value["key"].as_str()) {
                (Some(name), Some(key)) => vec![(name.to_owned(), key.to_owned())],
                (Some(name), None) => {
                    ["username", "password"].map(|key| (name.to_owned(), key.to_owned())).to_vec()
                }
                (None, _) => referenced_keys(value),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_at_any_depth() {
        let spec = serde_json::json!({
            "database": { "external": { "urlSecretRef": { "name": "neon", "key": "URL" } } },
            "auth": { "issuers": [{ "sharedSecretRef": { "name": "partner", "key": "hmac" } }] },
            "messaging": { "broker": { "external": { "sasl": { "secretRef": { "name": "kafka" } } } } },
        });
        let pair = |name: &str, key: &str| (name.to_owned(), key.to_owned());
        assert_eq!(
            referenced_keys(&spec),
            [
                pair("partner", "hmac"),
                pair("neon", "URL"),
                pair("kafka", "username"),
                pair("kafka", "password")
            ]
        );
    }
}
