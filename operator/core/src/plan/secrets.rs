//! Secrets that a platform refers to or generates.

use std::collections::BTreeSet;

use todo_operator_api::v1alpha1::{SecretKeyRef, TodoPlatform, TodoPlatformSpec};

use super::problems::{ProblemKind, Problems};
use crate::gathered::Gathered;
use crate::names::Names;

/// Names of all Secrets to look at before planning: referenced and generated ones.
#[must_use]
pub fn secret_names(platform: &TodoPlatform) -> BTreeSet<String> {
    let mut names = referenced(&platform.spec);
    names.extend(generated(platform));
    names
}

/// Secrets that the operator generates for this platform.
pub(super) fn generated(platform: &TodoPlatform) -> BTreeSet<String> {
    let spec = &platform.spec;
    let names = Names::new(platform.metadata.name.as_deref().unwrap_or_default());
    let mut generated = BTreeSet::from([names.hash_secret()]);
    if super::database::is_embedded(spec) {
        generated.insert(names.database_secret());
    }
    let local = spec.auth.as_ref().and_then(|auth| auth.local.as_ref());
    if local.and_then(|local| local.signing_secret_ref.as_ref()).is_none() {
        generated.insert(names.auth_secret());
    }
    generated
}

fn referenced(spec: &TodoPlatformSpec) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Some(external) = spec.database.as_ref().and_then(|database| database.external.as_ref()) {
        names.insert(external.url_secret_ref.name.clone());
        names.extend(external.migration_url_secret_ref.as_ref().map(|secret| secret.name.clone()));
    }
    let broker = spec.messaging.as_ref().and_then(|messaging| messaging.broker.as_ref());
    if let Some(external) = broker.and_then(|broker| broker.external.as_ref()) {
        let ca = external.tls.as_ref().and_then(|tls| tls.ca_secret_ref.as_ref());
        names.extend(ca.map(|secret| secret.name.clone()));
        names.extend(external.sasl.as_ref().map(|sasl| sasl.secret_ref.name.clone()));
    }
    let auth = spec.auth.as_ref();
    let local = auth.and_then(|auth| auth.local.as_ref()?.signing_secret_ref.as_ref());
    let issuers = auth.and_then(|auth| auth.issuers.as_ref()).into_iter().flatten();
    let shared = issuers.filter_map(|issuer| issuer.shared_secret_ref.as_ref());
    names.extend(local.into_iter().chain(shared).map(|secret| secret.name.clone()));
    names
}

/// Digests of the Secrets that pods read; the hash key itself is none of them.
pub(super) fn digests(platform: &TodoPlatform, gathered: &Gathered) -> Vec<(String, String)> {
    let hash = Names::new(platform.metadata.name.as_deref().unwrap_or_default()).hash_secret();
    let names = secret_names(platform).into_iter().filter(|name| *name != hash);
    names
        .map(|name| {
            let digest = gathered.secrets.get(&name).map(|facts| facts.digest.clone()).unwrap_or_default();
            (name, digest)
        })
        .collect()
}

/// Adds a problem unless the Secret exists and has the key.
pub(super) fn require(reference: &SecretKeyRef, field: &str, gathered: &Gathered, problems: &mut Problems) {
    let SecretKeyRef { name, key } = reference;
    let message = match gathered.secrets.get(name) {
        None => format!(
            "Secret \"{name}\" does not exist in the namespace of the platform; create it with the key \"{key}\""
        ),
        Some(facts) if !facts.keys.contains(key) => {
            format!("Secret \"{name}\" has no value for the key \"{key}\"; add it")
        }
        Some(_) => return,
    };
    problems.add(ProblemKind::SecretMissing, field, message);
}

/// Adds a problem if the value is known to be shorter than a number of bytes.
pub(super) fn require_length(
    (reference, least): (&SecretKeyRef, usize),
    field: &str,
    gathered: &Gathered,
    problems: &mut Problems,
) {
    let length = gathered.secrets.get(&reference.name).and_then(|facts| facts.lengths.get(&reference.key));
    if let Some(length) = length.filter(|length| **length > 0 && **length < least) {
        let SecretKeyRef { name, key } = reference;
        let message =
            format!("key \"{key}\" of Secret \"{name}\" has {length} bytes; at least {least} are needed");
        problems.add(ProblemKind::SecretInvalid, field, message);
    }
}

/// Adds a problem if the value cannot be an environment variable or a line of a protocol.
pub(super) fn require_text(
    reference: &SecretKeyRef,
    field: &str,
    gathered: &Gathered,
    problems: &mut Problems,
) {
    let SecretKeyRef { name, key } = reference;
    if gathered.secrets.get(name).is_some_and(|facts| facts.binary.contains(key)) {
        let message = format!(
            "key \"{key}\" of Secret \"{name}\" is not UTF-8 text without NUL bytes; store text, such as the hexadecimal or base64 form of random bytes"
        );
        problems.add(ProblemKind::SecretInvalid, field, message);
    }
}
