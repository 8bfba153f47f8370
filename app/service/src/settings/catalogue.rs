//! What `--help` says about the environment.

use std::fmt::Write as _;

use contract::env;

/// A role of the executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `todo api`
    Api,
    /// `todo consume`
    Consume,
    /// `todo migrate`
    Migrate,
}

type Variable = (&'static str, &'static str);

const DATABASE: [Variable; 1] =
    [(env::DATABASE_URL, "postgres://user:password@host:port/database (required)")];
const MIGRATION: [Variable; 2] = [
    (env::MIGRATION_DATABASE_URL, "the same for a direct connection, not through a transaction pooler"),
    (env::DATABASE_URL, "used without MIGRATION_DATABASE_URL"),
];
const BROKERS: [Variable; 7] = [
    (env::KAFKA_BOOTSTRAP_SERVERS, "comma-separated host:port list (required)"),
    (env::KAFKA_SECURITY_PROTOCOL, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL [default: PLAINTEXT]"),
    (env::KAFKA_CA_FILE, "PEM file with the brokers' certificate authorities [default: the system's]"),
    (env::KAFKA_SASL_MECHANISM, "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (required with SASL)"),
    (env::KAFKA_SASL_USERNAME, "user name (required with SASL)"),
    (env::KAFKA_SASL_PASSWORD, "password (required with SASL)"),
    (env::TOPIC_PREFIX, "prefix of topics and consumer groups [default: empty]"),
];
const API: [Variable; 5] = [
    (env::AUTH_SIGNING_SECRET, "key of the tokens, at least 32 bytes (required)"),
    (env::AUTH_LOCAL_ENABLED, "true or false: may accounts sign up and in [default: true]"),
    (
        env::AUTH_ISSUERS,
        "JSON array of at most 4 other token issuers, each with issuer, audience, algorithms and \
         jwksUrl or secretVariable [default: []]",
    ),
    ("AUTH_ISSUER_SECRET_0 … _3", "secret of an issuer with HS256, at least 32 bytes"),
    (env::DATABASE_SCALE_TO_ZERO, "true or false: no timer may wake the database [default: false]"),
];
const EDGE: [Variable; 3] = [
    (env::RATE_LIMIT_PER_MINUTE, "requests of one user per process; 0 is without a limit [default: 1200]"),
    (
        env::SIGN_IN_LIMIT_PER_MINUTE,
        "sign-ups and sign-ins from one address; 0 is without a limit [default: 60]",
    ),
    (env::CORS_ALLOWED_ORIGINS, "comma-separated origins whose pages may call the API [default: none]"),
];
const LISTENER: [Variable; 1] = [(env::LISTEN, "address and port [default: 0.0.0.0:8080]")];
const LOG: [Variable; 2] = [
    (env::LOG_FORMAT, "json or text [default: json]"),
    (env::LOG_LEVEL, "filter such as info or service=debug,info [default: info]"),
];

/// The section `Environment` of a role's `--help`.
#[must_use]
pub fn help(role: Role) -> String {
    let groups: &[&[Variable]] = match role {
        Role::Api => &[&DATABASE, &BROKERS, &API, &EDGE, &LISTENER, &LOG],
        Role::Consume => &[&DATABASE, &BROKERS, &LISTENER, &LOG],
        Role::Migrate => &[&MIGRATION],
    };
    let mut text = String::from("Environment:\n");
    for (name, meaning) in groups.iter().copied().flatten() {
        let _ = writeln!(text, "  {name:<26} {meaning}");
    }
    text
}
