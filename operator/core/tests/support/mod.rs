//! Platforms and facts for the tests.

use std::collections::{BTreeMap, BTreeSet};

use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::gathered::{Gathered, SecretFacts};
use todo_operator_core::plan::secret_names;

/// A platform from its manifest, as the API server would return it.
pub fn platform(manifest: &str) -> TodoPlatform {
    let mut platform: TodoPlatform = serde_saphyr::from_str(manifest).expect("a manifest of a TodoPlatform");
    platform.metadata.namespace.get_or_insert_with(|| "demo".to_owned());
    platform.metadata.uid = Some("11111111-2222-3333-4444-555555555555".to_owned());
    platform.metadata.generation = Some(1);
    platform
}

/// Facts in which every Secret of the platform exists with every key.
pub fn complete(platform: &TodoPlatform) -> Gathered {
    let secrets = secret_names(platform).into_iter().map(|name| (name, facts(platform)));
    Gathered { secrets: secrets.collect(), ..Gathered::default() }
}

fn facts(platform: &TodoPlatform) -> SecretFacts {
    let mut keys: Vec<String> = ["username", "password", "key", "signing-key"].map(str::to_owned).to_vec();
    keys.extend(texts_of(&serde_json::to_value(&platform.spec).expect("a spec serialises"), "key"));
    SecretFacts {
        databases: keys.iter().map(|key| (key.clone(), "db.example.com:5432/todo".to_owned())).collect(),
        lengths: keys.iter().map(|key| (key.clone(), 64)).collect(),
        keys: keys.into_iter().collect(),
        digest: "d1g35t".to_owned(),
        malformed: BTreeMap::new(),
        binary: BTreeSet::new(),
    }
}

/// Texts of all fields with a name, at any depth.
fn texts_of(value: &serde_json::Value, name: &str) -> Vec<String> {
    match value {
        serde_json::Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value.as_str() {
                Some(text) if key == name => vec![text.to_owned()],
                _ => texts_of(value, name),
            })
            .collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(|item| texts_of(item, name)).collect(),
        _ => Vec::new(),
    }
}
