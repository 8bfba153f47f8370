//! Environment of the application's containers.

use k8s_openapi::api::core::v1::{
    EnvVar, EnvVarSource, KeyToPath, SecretKeySelector, SecretVolumeSource, Volume, VolumeMount,
};
use todo_operator_api::v1alpha1::SecretKeyRef;

use super::{broker, database, pod};
use crate::plan::{Broker, Database, ExternalBroker, PASSWORD_KEY, Plan};

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
