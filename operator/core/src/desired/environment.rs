//! Environment of the application's containers.

use k8s_openapi::api::core::v1::{
    EnvVar, EnvVarSource, KeyToPath, SecretKeySelector, SecretVolumeSource, Volume, VolumeMount,
};
use serde::Serialize;
use todo_operator_api::v1alpha1::SecretKeyRef;

use super::{broker, database, pod};
use crate::plan::{Auth, Broker, Database, ExternalBroker, Issuer, IssuerKeys, PASSWORD_KEY, Plan};

const CA_VOLUME: &str = "kafka-ca";
const CA_DIRECTORY: &str = "/etc/todo/kafka";
const CA_FILE: &str = "ca.crt";

pub(super) fn literal(name: &str, value: impl Into<String>) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.into()), value_from: None }
}

pub(super) fn from_secret(name: &str, reference: &SecretKeyRef) -> EnvVar {
    let selector =
        SecretKeySelector { name: reference.name.clone(), key: reference.key.clone(), optional: None };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

/// `DATABASE_URL` for the serving roles.
pub(super) fn database(plan: &Plan) -> Vec<EnvVar> {
    match &plan.database {
        Database::Embedded(_) => embedded_database(plan, contract::env::DATABASE_URL),
        Database::External { url, scale_to_zero, .. } => {
            let mut variables = vec![from_secret(contract::env::DATABASE_URL, url)];
            if *scale_to_zero {
                variables.push(literal(contract::env::DATABASE_SCALE_TO_ZERO, "true"));
            }
            variables
        }
    }
}

/// `MIGRATION_DATABASE_URL` for the migration.
pub(super) fn migration(plan: &Plan) -> Vec<EnvVar> {
    match &plan.database {
        Database::Embedded(_) => embedded_database(plan, contract::env::MIGRATION_DATABASE_URL),
        Database::External { migration_url, .. } => {
            vec![from_secret(contract::env::MIGRATION_DATABASE_URL, migration_url)]
        }
    }
}

/// The kubelet puts the password in; it is hexadecimal and needs no escaping.
fn embedded_database(plan: &Plan, name: &str) -> Vec<EnvVar> {
    let password =
        SecretKeyRef { name: plan.identity.names().database_secret(), key: PASSWORD_KEY.to_owned() };
    vec![
        from_secret(contract::env::DATABASE_PASSWORD, &password),
        literal(name, database::url(plan, &format!("$({})", contract::env::DATABASE_PASSWORD))),
    ]
}

/// Broker and topics.
pub(super) fn messaging(plan: &Plan) -> Vec<EnvVar> {
    let mut variables = match &plan.broker {
        Broker::Embedded(_) => {
            vec![literal(contract::env::KAFKA_BOOTSTRAP_SERVERS, broker::address(plan))]
        }
        Broker::External(external) => external_broker(external),
    };
    variables.push(literal(contract::env::TOPIC_PREFIX, plan.topic_prefix.clone()));
    variables
}

fn external_broker(external: &ExternalBroker) -> Vec<EnvVar> {
    let protocol = match (external.tls, external.sasl.is_some()) {
        (false, false) => "PLAINTEXT",
        (true, false) => "SSL",
        (false, true) => "SASL_PLAINTEXT",
        (true, true) => "SASL_SSL",
    };
    let mut variables = vec![
        literal(contract::env::KAFKA_BOOTSTRAP_SERVERS, external.bootstrap_servers.join(",")),
        literal(contract::env::KAFKA_SECURITY_PROTOCOL, protocol),
    ];
    if external.ca.is_some() {
        variables.push(literal(contract::env::KAFKA_CA_FILE, format!("{CA_DIRECTORY}/{CA_FILE}")));
    }
    if let Some((mechanism, secret)) = &external.sasl {
        let key = |key: &str| SecretKeyRef { name: secret.clone(), key: key.to_owned() };
        variables.push(literal(contract::env::KAFKA_SASL_MECHANISM, mechanism.as_str()));
        variables.push(from_secret(contract::env::KAFKA_SASL_USERNAME, &key("username")));
        variables.push(from_secret(contract::env::KAFKA_SASL_PASSWORD, &key("password")));
    }
    variables
}

/// Who may sign in. Without other issuers nothing is said of them, so that the pods of platforms without any stay.
pub(super) fn auth(auth: &Auth) -> Vec<EnvVar> {
    let mut variables = vec![
        from_secret(contract::env::AUTH_SIGNING_SECRET, &auth.signing_key),
        literal(contract::env::AUTH_LOCAL_ENABLED, auth.local.to_string()),
    ];
    let mut entries = Vec::new();
    for (position, issuer) in auth.issuers.iter().enumerate() {
        let variable = format!("{}{position}", contract::env::AUTH_ISSUER_SECRET);
        if let IssuerKeys::Shared(reference) = &issuer.keys {
            variables.push(from_secret(&variable, reference));
        }
        entries.push(IssuerEntry::of(issuer, variable));
    }
    if !entries.is_empty() {
        let text = serde_json::to_string(&entries).expect("entries have text keys only");
        // The kubelet would put other variables in for `$(…)`; `$$` stands for a dollar sign.
        variables.push(literal(contract::env::AUTH_ISSUERS, text.replace('$', "$$")));
    }
    variables
}

/// An entry of [`contract::env::AUTH_ISSUERS`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IssuerEntry<'a> {
    issuer: &'a str,
    audience: &'a str,
    algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_variable: Option<String>,
}

impl<'a> IssuerEntry<'a> {
    /// The entry of an issuer whose shared secret, if it has one, is in a variable.
    fn of(issuer: &'a Issuer, variable: String) -> Self {
        let (jwks_url, secret_variable) = match &issuer.keys {
            IssuerKeys::Jwks(url) => (Some(url.as_str()), None),
            IssuerKeys::Shared(_) => (None, Some(variable)),
        };
        Self {
            issuer: &issuer.issuer,
            audience: &issuer.audience,
            algorithms: issuer.algorithms.iter().map(|algorithm| algorithm.as_str()).collect(),
            jwks_url,
            secret_variable,
        }
    }
}

/// The volume with the certificate authorities of the broker, where the spec names one.
pub(super) fn volumes(plan: &Plan) -> Vec<(Volume, VolumeMount)> {
    let Broker::External(ExternalBroker { ca: Some(ca), .. }) = &plan.broker else { return Vec::new() };
    let item = KeyToPath { key: ca.key.clone(), path: CA_FILE.to_owned(), mode: None };
    let source = SecretVolumeSource {
        secret_name: Some(ca.name.clone()),
        items: Some(vec![item]),
        ..SecretVolumeSource::default()
    };
    let volume = Volume { name: CA_VOLUME.to_owned(), secret: Some(source), ..Volume::default() };
    let mount = VolumeMount { read_only: Some(true), ..pod::mount(CA_VOLUME, CA_DIRECTORY) };
    vec![(volume, mount)]
}

#[cfg(test)]
mod tests {
    use todo_operator_api::v1alpha1::SigningAlgorithm;

    use super::*;

    #[test]
    fn an_issuers_secret_is_referred_to_and_its_variable_is_named_in_the_list() {
        let reference = |name: &str| SecretKeyRef { name: name.to_owned(), key: "key".to_owned() };
        let issuer = |name: &str, keys| Issuer {
            issuer: name.to_owned(),
            audience: "$(LISTEN)".to_owned(),
            algorithms: vec![SigningAlgorithm::Hs256],
            keys,
        };
        let issuers = vec![
            issuer("a", IssuerKeys::Jwks("https://a/jwks".to_owned())),
            issuer("b", IssuerKeys::Shared(reference("partner"))),
        ];
        let variables =
            super::auth(&Auth { local: true, signing_key: reference("own"), generated: true, issuers });
        let found = |name: &str| variables.iter().find(|variable| variable.name == name).cloned();
        let list = found(contract::env::AUTH_ISSUERS).and_then(|variable| variable.value);
        let expected = concat!(
            r#"[{"issuer":"a","audience":"$$(LISTEN)","algorithms":["HS256"],"jwksUrl":"https://a/jwks"},"#,
            r#"{"issuer":"b","audience":"$$(LISTEN)","algorithms":["HS256"],"secretVariable":"AUTH_ISSUER_SECRET_1"}]"#,
        );
        assert_eq!(list.as_deref(), Some(expected));
        assert_eq!(
            found("AUTH_ISSUER_SECRET_1"),
            Some(from_secret("AUTH_ISSUER_SECRET_1", &reference("partner")))
        );
        assert_eq!(found("AUTH_ISSUER_SECRET_0"), None);
    }
}
