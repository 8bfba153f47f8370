//! Who may sign in, by plan.

use contract::auth::LOCAL_ISSUER;
use todo_operator_api::v1alpha1::{IssuerSpec, SecretKeyRef, SigningAlgorithm, TodoPlatformSpec};
use url::{Host, Url};

use super::problems::{ProblemKind, Problems};
use super::{SIGNING_KEY, secrets};
use crate::gathered::Gathered;
use crate::identity::Identity;

/// Bytes of a key of HS256, at least: those of its hash (RFC 7518, section 3.2).
const HMAC_KEY_BYTES: usize = 32;

/// Who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Whether local accounts may sign up and in.
    pub local: bool,
    /// Where the signing key is.
    pub signing_key: SecretKeyRef,
    /// Whether the operator generates it.
    pub generated: bool,
    /// Other issuers, sorted by name: another order in the manifest changes nothing.
    pub issuers: Vec<Issuer>,
}

/// An issuer whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Claim `iss`.
    pub issuer: String,
    /// Claim `aud`.
    pub audience: String,
    /// Accepted algorithms, sorted and each once.
    pub algorithms: Vec<SigningAlgorithm>,
    /// Where its keys are.
    pub keys: IssuerKeys,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerKeys {
    /// Public keys at a URL.
    Jwks(String),
    /// A shared secret.
    Shared(SecretKeyRef),
}

/// Accounts and issuers of a spec.
pub(super) fn plan(
    spec: &TodoPlatformSpec,
    identity: &Identity,
    gathered: &Gathered,
    problems: &mut Problems,
) -> Auth {
    let auth = spec.auth.clone().unwrap_or_default();
    let local = auth.local.unwrap_or_default();
    let generated = local.signing_secret_ref.is_none();
    let field = "spec.auth.local.signingSecretRef";
    if let Some(reference) = &local.signing_secret_ref {
        secrets::require(reference, field, gathered, problems);
    }
    let own = SecretKeyRef { name: identity.names().auth_secret(), key: SIGNING_KEY.to_owned() };
    let signing_key = local.signing_secret_ref.unwrap_or(own);
    check_key(&signing_key, field, gathered, problems);
    let given = auth.issuers.unwrap_or_default();
    let local = local.enabled.unwrap_or(true);
    if !local && given.is_empty() {
        let message = "false without an entry in spec.auth.issuers lets nobody sign in; add an issuer to spec.auth.issuers, or set spec.auth.local.enabled to true";
        problems.add(ProblemKind::Invalid, "spec.auth.local.enabled", message.to_owned());
    }
    Auth { local, signing_key, generated, issuers: issuers(&given, gathered, problems) }
}

/// A key of HS256 reaches the pods as an environment variable.
fn check_key(reference: &SecretKeyRef, field: &str, gathered: &Gathered, problems: &mut Problems) {
    secrets::require_length((reference, HMAC_KEY_BYTES), field, gathered, problems);
    secrets::require_text(reference, field, gathered, problems);
}

fn issuers(given: &[IssuerSpec], gathered: &Gathered, problems: &mut Problems) -> Vec<Issuer> {
    let mut issuers = Vec::new();
    for (index, spec) in given.iter().enumerate() {
        let field = format!("spec.auth.issuers[{index}]");
        if given[..index].iter().any(|other| other.issuer == spec.issuer) {
            let message = format!("\"{}\" is given twice; remove one of the two", spec.issuer);
            problems.add(ProblemKind::Invalid, &format!("{field}.issuer"), message);
        }
        if spec.issuer == LOCAL_ISSUER {
            let message =
                format!("\"{LOCAL_ISSUER}\" is the issuer of local accounts; name that of the other tokens");
            problems.add(ProblemKind::Invalid, &format!("{field}.issuer"), message);
        }
        issuers.extend(issuer(spec, &field, gathered, problems));
    }
    issuers.sort_by(|one: &Issuer, other| one.issuer.cmp(&other.issuer));
    issuers
}

/// An issuer; `None` with a problem when it has no keys.
fn issuer(spec: &IssuerSpec, field: &str, gathered: &Gathered, problems: &mut Problems) -> Option<Issuer> {
    let keys = match (&spec.jwks_url, &spec.shared_secret_ref) {
        (Some(url), None) => {
            if let Err(why) = check_url(url) {
                problems.add(ProblemKind::Invalid, &format!("{field}.jwksURL"), why);
            }
            IssuerKeys::Jwks(url.clone())
        }
        (None, Some(reference)) => {
            let field = format!("{field}.sharedSecretRef");
            secrets::require(reference, &field, gathered, problems);
            check_key(reference, &field, gathered, problems);
            IssuerKeys::Shared(reference.clone())
        }
        _ => {
            let message = "give exactly one of jwksURL and sharedSecretRef".to_owned();
            problems.add(ProblemKind::Invalid, field, message);
            return None;
        }
    };
    Some(Issuer {
        issuer: spec.issuer.clone(),
        audience: spec.audience.clone().unwrap_or_else(|| spec.issuer.clone()),
        algorithms: algorithms(spec, &keys, field, problems),
        keys,
    })
}

fn algorithms(
    spec: &IssuerSpec,
    keys: &IssuerKeys,
    field: &str,
    problems: &mut Problems,
) -> Vec<SigningAlgorithm> {
    let shared = matches!(keys, IssuerKeys::Shared(_));
    let default = if shared { SigningAlgorithm::Hs256 } else { SigningAlgorithm::EdDsa };
    let mut algorithms = spec.algorithms.clone().filter(|given| !given.is_empty()).unwrap_or(vec![default]);
    algorithms.sort();
    algorithms.dedup();
    let unfit = algorithms.iter().find(|algorithm| (**algorithm == SigningAlgorithm::Hs256) != shared);
    if let Some(unfit) = unfit {
        let unfit = unfit.as_str();
        let message = if shared {
            format!(
                "{unfit} needs public keys, and a shared secret verifies HS256 alone; remove it, or give jwksURL instead of sharedSecretRef"
            )
        } else {
            format!(
                "{unfit} needs a shared secret, and a JWKS has public keys; remove it, or give sharedSecretRef instead of jwksURL"
            )
        };
        problems.add(ProblemKind::Invalid, &format!("{field}.algorithms"), message);
    }
    algorithms
}

/// Whether keys may be read from a URL. `Err` says why not, without the URL: it may hold a password.
fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "has credentials, which everybody who reads the platform would see; remove them".to_owned()
        );
    }
    if url.fragment().is_some() {
        return Err("has a fragment, which no server sees; remove what starts with #".to_owned());
    }
    let inside = match url.host() {
        None => return Err("names no host; write https://host/path".to_owned()),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => {
            let short = name.strip_suffix(".cluster.local").unwrap_or(name);
            !name.contains('.') || short.rsplit_once('.').is_some_and(|(_, last)| last == "svc")
        }
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if inside => Ok(()),
        "http" => Err("would be read in the clear; write https (http is for loopback and cluster-internal hosts: names without a dot, *.svc, *.svc.cluster.local)".to_owned()),
        other => Err(format!("has the scheme {other}; write https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_over_https_or_inside_the_cluster() {
        for url in [
            "https://auth.example.com/api/auth/jwks",
            "http://localhost:3000/api/auth/jwks",
            "http://127.0.0.1/jwks",
            "http://[::1]/jwks",
            "http://auth/jwks",
            "http://auth.demo.svc:8080/jwks",
            "http://auth.demo.svc.cluster.local/jwks",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn urls_that_others_can_read_or_bend_are_refused() {
        for (url, why) in [
            ("http://auth.example.com/jwks", "in the clear"),
            ("http://192.0.2.7/jwks", "in the clear"),
            ("http://[2001:db8::1]/jwks", "in the clear"),
            ("http://localhost.example.com/jwks", "in the clear"),
            ("http://svc.example.com/jwks", "in the clear"),
            ("https://user:hunter2@auth.example.com/jwks", "credentials"),
            ("http://localhost@auth.example.com/jwks", "credentials"),
            ("https://auth.example.com/jwks#keys", "fragment"),
            ("ftp://auth/jwks", "scheme ftp"),
            ("file:///etc/passwd", "no host"),
            ("auth.example.com/jwks", "no URL"),
        ] {
            let error = check_url(url).expect_err(url);
            assert!(error.contains(why), "{url}: {error}");
        }
    }
}
