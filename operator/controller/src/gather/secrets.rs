//! Facts of Secrets; their content never leaves this module.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use sha2::Sha256;
use todo_operator_core::gathered::SecretFacts;
use todo_operator_core::names::Names;
use todo_operator_core::plan::{HASH_KEY, secret_names};
use url::Url;

use crate::errors::{ApiError, request};
use crate::visit::Visit;

/// Facts of every Secret that the platform refers to and that exists.
pub(super) async fn facts(visit: &Visit<'_>) -> Result<BTreeMap<String, SecretFacts>, ApiError> {
    let api: Api<Secret> = Api::namespaced(visit.ctx.client.clone(), visit.namespace());
    let mut secrets = BTreeMap::new();
    for name in secret_names(visit.platform) {
        if let Some(secret) = request(format!("get Secret \"{name}\""), api.get_opt(&name)).await? {
            secrets.insert(name, secret);
        }
    }
    let hash = secrets.get(&Names::new(visit.name()).hash_secret());
    let key = hash.and_then(|secret| secret.data.as_ref()?.get(HASH_KEY)).map(|key| key.0.clone());
    Ok(secrets.iter().map(|(name, secret)| (name.clone(), of(secret, key.as_deref()))).collect())
}

fn of(secret: &Secret, key: Option<&[u8]>) -> SecretFacts {
    let data = secret.data.clone().unwrap_or_default();
    let mut facts =
        SecretFacts { digest: key.map(|key| digest(&data, key)).unwrap_or_default(), ..Default::default() };
    for (name, value) in &data {
        facts.lengths.insert(name.clone(), value.0.len());
        if !value.0.is_empty() {
            facts.keys.insert(name.clone());
        }
        if !std::str::from_utf8(&value.0).is_ok_and(|text| !text.contains('\0')) {
            facts.binary.insert(name.clone());
        }
        match database(&value.0) {
            Ok(target) => facts.databases.insert(name.clone(), target),
            Err(why) => facts.malformed.insert(name.clone(), why),
        };
    }
    facts
}

/// HMAC-SHA-256 over names and values, each preceded by its length, in the order of names.
fn digest(data: &BTreeMap<String, k8s_openapi::ByteString>, key: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in data.iter().flat_map(|(name, value)| [name.as_bytes(), value.0.as_slice()]) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

/// `host:port/name` of a PostgreSQL URL, or why it is none, without a part of the value.
fn database(value: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(value).map_err(|_| "it is not UTF-8 text".to_owned())?;
    if text.trim() != text {
        return Err("it has white space at its start or end".to_owned());
    }
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err("its scheme is neither postgres nor postgresql".to_owned());
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no host")?;
    let name = url.path().trim_start_matches('/');
    if name.is_empty() {
        return Err("it names no database".to_owned());
    }
    Ok(format!("{host}:{}/{name}", url.port().unwrap_or(5432)))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    fn secret(pairs: &[(&str, &str)]) -> Secret {
        let data =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec())));
        Secret { data: Some(data.collect()), ..Secret::default() }
    }

    #[test]
    fn facts_name_the_database_and_never_the_password() {
        let facts =
            of(&secret(&[("URL", "postgres://user:pa55@db.example.com/todo?sslmode=require")]), Some(b"k"));
        assert_eq!(facts.databases["URL"], "db.example.com:5432/todo");
        assert!(!format!("{facts:?}").contains("pa55"));
    }

    #[test]
    fn values_that_are_no_url_are_told_without_the_value() {
        let values =
            ["hunter2", "mysql://hunter2@db/x", "postgres://hunter2@db", " postgres://hunter2@db/x", ""];
        for value in values {
            let facts = of(&secret(&[("URL", value)]), None);
            let why = facts.malformed.get("URL").expect("malformed");
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn empty_values_are_no_keys() {
        let facts = of(&secret(&[("a", ""), ("b", "x")]), None);
        assert!(facts.keys.contains("b") && !facts.keys.contains("a"));
        assert_eq!(facts.lengths["b"], 1);
    }

    #[test]
    fn values_that_no_environment_variable_can_hold_are_told_apart() {
        let data = [("text", "ü".as_bytes()), ("bytes", &[0xff, 0xfe]), ("nul", b"a\0b")];
        let data = data.map(|(key, value)| (key.to_owned(), ByteString(value.to_vec())));
        let facts = of(&Secret { data: Some(data.into()), ..Secret::default() }, None);
        assert_eq!(facts.binary.into_iter().collect::<Vec<_>>(), ["bytes", "nul"]);
    }

    #[test]
    fn digests_depend_on_key_and_on_every_value_and_are_empty_without_a_key() {
        let of_pairs = |pairs, key: Option<&[u8]>| of(&secret(pairs), key).digest;
        let one = of_pairs(&[("a", "b")], Some(b"k"));
        assert_eq!(one.len(), 64);
        assert_ne!(one, of_pairs(&[("a", "c")], Some(b"k")));
        assert_ne!(one, of_pairs(&[("a", "b")], Some(b"other")));
        assert_ne!(of_pairs(&[("a", "bc")], Some(b"k")), of_pairs(&[("ab", "c")], Some(b"k")));
        assert_eq!(of_pairs(&[("a", "b")], None), "");
    }
}
