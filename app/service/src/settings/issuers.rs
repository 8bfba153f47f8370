//! Other token issuers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use contract::env;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::{Lookup, SECRET_MIN_BYTES, SettingError, invalid, optional};
use crate::auth::{Algorithm, ISSUER, IssuerSettings, KeysFrom};

/// Most issuers beside our own.
const ISSUERS_MAX: usize = 4;
/// Longest issuer and audience, in characters.
const NAME_MAX: usize = 255;
/// Algorithms of key sets.
const ASYMMETRIC: [(&str, Algorithm); 3] =
    [("EdDSA", Algorithm::EdDSA), ("ES256", Algorithm::ES256), ("RS256", Algorithm::RS256)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    issuer: String,
    audience: String,
    algorithms: Vec<String>,
    jwks_url: Option<String>,
    secret_variable: Option<String>,
}

/// Reads and checks [`env::AUTH_ISSUERS`] and the secrets that it names.
pub(super) fn issuers(lookup: Lookup<'_>) -> Result<Vec<IssuerSettings>, SettingError> {
    let text = optional(lookup, env::AUTH_ISSUERS).unwrap_or_else(|| "[]".to_owned());
    let wrong = |problem: String| invalid(env::AUTH_ISSUERS, problem);
    let entries: Vec<Value> =
        serde_json::from_str(&text).map_err(|error| wrong(format!("must be a JSON array: {error}")))?;
    if entries.len() > ISSUERS_MAX {
        return Err(wrong(format!("must have at most {ISSUERS_MAX} entries, has {}", entries.len())));
    }
    let mut names = BTreeSet::new();
    let mut issuers = Vec::new();
    for (position, entry) in entries.into_iter().enumerate() {
        let wrong = |problem: String| invalid(env::AUTH_ISSUERS, format!("entry {position}: {problem}"));
        let issuer = issuer(entry, lookup).map_err(wrong)?;
        if !names.insert(issuer.issuer.clone()) {
            return Err(wrong(format!("the issuer \"{}\" is there twice", issuer.issuer)));
        }
        issuers.push(issuer);
    }
    Ok(issuers)
}

fn issuer(entry: Value, lookup: Lookup<'_>) -> Result<IssuerSettings, String> {
    let entry: Entry = serde_json::from_value(entry).map_err(|error| error.to_string())?;
    check_name("issuer", &entry.issuer)?;
    check_name("audience", &entry.audience)?;
    if entry.issuer == ISSUER {
        return Err(format!("issuer must not be \"{ISSUER}\": that is our own name"));
    }
    if entry.algorithms.is_empty() {
        return Err("algorithms must name at least one".to_owned());
    }
    let (algorithms, keys) = match (entry.jwks_url, entry.secret_variable) {
        (Some(url), None) => (asymmetric(&entry.algorithms)?, KeysFrom::Url(key_set_url(&url)?)),
        (None, Some(variable)) => {
            only_hs256(&entry.algorithms)?;
            (vec![Algorithm::HS256], KeysFrom::Secret(secret(&variable, lookup)?))
        }
        _ => return Err("must have either jwksUrl or secretVariable".to_owned()),
    };
    Ok(IssuerSettings { issuer: entry.issuer, audience: entry.audience, algorithms, keys })
}

fn check_name(field: &str, name: &str) -> Result<(), String> {
    let fits = (1..=NAME_MAX).contains(&name.chars().count())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits { Ok(()) } else { Err(format!("{field} must have 1 to {NAME_MAX} characters and no spaces")) }
}

fn asymmetric(names: &[String]) -> Result<Vec<Algorithm>, String> {
    let known = |name: &String| ASYMMETRIC.iter().find(|(known, _)| known == name);
    let mut algorithms = Vec::new();
    for name in names {
        let (_, algorithm) = known(name).ok_or_else(|| match name.as_str() {
            "HS256" => "HS256 needs secretVariable: a key set is public".to_owned(),
            _ => format!("with jwksUrl, algorithms must be of EdDSA, ES256, RS256, not \"{name}\""),
        })?;
        if algorithms.contains(algorithm) {
            return Err(format!("algorithms must name {name} once"));
        }
        algorithms.push(*algorithm);
    }
    Ok(algorithms)
}

fn only_hs256(names: &[String]) -> Result<(), String> {
    match names {
        [name] if name == "HS256" => Ok(()),
        _ => Err("with secretVariable, algorithms must be [\"HS256\"]".to_owned()),
    }
}

/// A key set decides who gets in, so it must come over TLS, or not leave the machine or the cluster.
fn key_set_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("jwksUrl is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("jwksUrl must have no credentials and no fragment".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if url.host().is_some_and(|host| is_near(&host)) => Ok(url),
        _ => Err("jwksUrl must be an https URL; http is for loopback addresses, names without a dot, \
             *.svc and *.svc.cluster.local"
            .to_owned()),
    }
}

fn is_near(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let inside = name.strip_suffix(".cluster.local").unwrap_or(name);
            !name.contains('.') || inside.rsplit_once('.').is_some_and(|(_, last)| last == "svc")
        }
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

fn secret(variable: &str, lookup: Lookup<'_>) -> Result<String, String> {
    if !variable.starts_with(env::AUTH_ISSUER_SECRET) {
        return Err(format!("secretVariable must start with {}", env::AUTH_ISSUER_SECRET));
    }
    let secret = optional(lookup, variable).ok_or_else(|| format!("{variable} is not set"))?;
    if secret.len() < SECRET_MIN_BYTES {
        return Err(format!("{variable} must have at least {SECRET_MIN_BYTES} bytes, has {}", secret.len()));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn read(issuers: &Value) -> Result<Vec<IssuerSettings>, SettingError> {
        super::issuers(&|name| match name {
            env::AUTH_ISSUERS => Some(issuers.to_string()),
            "AUTH_ISSUER_SECRET_0" => Some(SECRET.to_owned()),
            "AUTH_ISSUER_SECRET_1" => Some("hunter2".to_owned()),
            _ => None,
        })
    }

    /// A valid entry with some members replaced; null takes one away.
    fn entry(changes: &Value) -> Value {
        let mut entry = json!({"issuer": "https://auth.example.com", "audience": "todo", "algorithms": ["EdDSA"],
            "jwksUrl": "https://auth.example.com/api/auth/jwks"});
        let members = entry.as_object_mut().expect("an object");
        members.extend(changes.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        entry
    }

    #[test]
    fn both_kinds_of_keys_are_read() {
        let secret = json!({"issuer": "b", "algorithms": ["HS256"], "jwksUrl": null, "secretVariable": "AUTH_ISSUER_SECRET_0"});
        let issuers = read(&json!([entry(&json!({})), entry(&secret)])).expect("valid");
        assert!(matches!(&issuers[0].keys, KeysFrom::Url(url) if url.path() == "/api/auth/jwks"));
        assert!(matches!(&issuers[1].keys, KeysFrom::Secret(secret) if secret == SECRET));
        assert_eq!(issuers[1].algorithms, [Algorithm::HS256]);
        assert_eq!(super::issuers(&|_| None).ok().map(|none| none.len()), Some(0));
    }

    #[test]
    fn http_is_for_what_does_not_leave_machine_or_cluster() {
        let good = ["http://localhost:1/", "http://127.9.9.9/", "http://[::1]/", "http://auth:3000/k"];
        for url in good.into_iter().chain([
            "http://a.web.svc:1/",
            "http://a.web.svc.cluster.local/",
            "https://example.com/k",
        ]) {
            assert!(read(&json!([entry(&json!({"jwksUrl": url}))])).is_ok(), "{url}");
        }
        for url in ["http://example.com/", "http://svc.com/", "http://10.0.0.1/", "http://x.svc.example.com/"]
        {
            assert!(read(&json!([entry(&json!({"jwksUrl": url}))])).is_err(), "{url}");
        }
    }

    #[test]
    fn each_fault_of_an_issuer_is_told_precisely() {
        let shared = |name: &str| json!({"algorithms": ["HS256"], "jwksUrl": null, "secretVariable": name});
        for (changes, told) in [
            (json!({"jwks": "x"}), "unknown field `jwks`"),
            (json!({"issuer": null}), "missing field `issuer`"),
            (json!({"issuer": ""}), "issuer must have 1 to 255 characters"),
            (json!({"audience": "a b"}), "audience must have"),
            (json!({"issuer": "todoplatform"}), "that is our own name"),
            (json!({"jwksUrl": null}), "either jwksUrl or secretVariable"),
            (json!({"secretVariable": "AUTH_ISSUER_SECRET_0"}), "either jwksUrl or secretVariable"),
            (json!({"algorithms": []}), "at least one"),
            (json!({"algorithms": ["HS256"]}), "HS256 needs secretVariable"),
            (json!({"algorithms": ["none"]}), "must be of EdDSA, ES256, RS256, not \"none\""),
            (json!({"algorithms": ["EdDSA", "EdDSA"]}), "must name EdDSA once"),
            (json!({"jwksUrl": "auth.example.com"}), "jwksUrl is no URL"),
            (json!({"jwksUrl": "file:///etc/keys"}), "must be an https URL"),
            (json!({"jwksUrl": "https://u:p@example.com/"}), "no credentials"),
            (shared("DATABASE_URL"), "must start with AUTH_ISSUER_SECRET_"),
            (shared("AUTH_ISSUER_SECRET_3"), "AUTH_ISSUER_SECRET_3 is not set"),
            (shared("AUTH_ISSUER_SECRET_1"), "AUTH_ISSUER_SECRET_1 must have at least 32 bytes, has 7"),
        ] {
            let good = entry(&json!({"issuer": "https://other.example.com"}));
            let error = read(&json!([good, entry(&changes)])).err().expect("invalid").to_string();
            assert!(error.starts_with("failed to read the settings: AUTH_ISSUERS entry 1: "), "{error}");
            assert!(error.contains(told) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_list_itself_is_checked() {
        let twice = entry(&json!({}));
        let many: Vec<Value> = (0..5).map(|n| entry(&json!({"issuer": n.to_string()}))).collect();
        for (issuers, told) in [
            (json!({}), "must be a JSON array"),
            (json!([twice, twice]), "entry 1: the issuer \"https://auth.example.com\" is there twice"),
            (json!(many), "must have at most 4 entries, has 5"),
        ] {
            let error = read(&issuers).err().expect("invalid").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
