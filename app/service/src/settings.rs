//! Settings of the roles, read from the environment. The names are those of `contract::env`, which the operator
//! writes into the pods.

mod catalogue;
mod edge;
mod issuers;

use std::net::SocketAddr;

use contract::env;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::auth::IssuerSettings;
use crate::bus::{KafkaSettings, SaslSettings};
use crate::http::EdgeSettings;

pub use catalogue::{Role, help};

/// Shortest signing key, in bytes: the length of an HS256 tag (RFC 7518 §3.2).
pub const SECRET_MIN_BYTES: usize = 32;

const LISTEN_DEFAULT: &str = "0.0.0.0:8080";

/// A setting that is missing or wrong. The message names the variable and never repeats a secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    /// A needed variable is absent or empty.
    #[error("failed to read the settings: {0} is not set")]
    Missing(&'static str),
    /// The value cannot be used.
    #[error("failed to read the settings: {name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Where settings come from: a name to a value.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Settings of `todo api`.
pub struct ApiSettings {
    /// The database.
    pub database: PgConnectOptions,
    /// Whether the database may be suspended while idle.
    pub scale_to_zero: bool,
    /// The brokers.
    pub kafka: KafkaSettings,
    /// Prefix of topics and groups.
    pub prefix: String,
    /// Key of the tokens.
    pub signing_secret: String,
    /// Whether accounts of this application may sign up and in.
    pub local_accounts: bool,
    /// Limits and browsers.
    pub edge: EdgeSettings,
    /// Other issuers whose tokens are accepted.
    pub issuers: Vec<IssuerSettings>,
    /// Address of the listener.
    pub listen: SocketAddr,
}

/// Settings of `todo consume`.
pub struct ConsumerSettings {
    /// The database.
    pub database: PgConnectOptions,
    /// The brokers.
    pub kafka: KafkaSettings,
    /// Prefix of topics and groups.
    pub prefix: String,
    /// Address of the listener for probes and metrics.
    pub listen: SocketAddr,
}

impl ApiSettings {
    /// Reads and checks all settings of the role.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        let signing_secret = required(lookup, env::AUTH_SIGNING_SECRET)?;
        if signing_secret.len() < SECRET_MIN_BYTES {
            return Err(invalid(
                env::AUTH_SIGNING_SECRET,
                format!("must have at least {SECRET_MIN_BYTES} bytes, has {}", signing_secret.len()),
            ));
        }
        Ok(Self {
            database: database(lookup, env::DATABASE_URL)?,
            scale_to_zero: flag(lookup, env::DATABASE_SCALE_TO_ZERO, false)?,
            kafka: kafka(lookup)?,
            prefix: lookup(env::TOPIC_PREFIX).unwrap_or_default(),
            signing_secret,
            local_accounts: flag(lookup, env::AUTH_LOCAL_ENABLED, true)?,
            edge: edge::edge(lookup)?,
            issuers: issuers::issuers(lookup)?,
            listen: listen(lookup)?,
        })
    }
}

impl ConsumerSettings {
    /// Reads and checks all settings of the role.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            database: database(lookup, env::DATABASE_URL)?,
            kafka: kafka(lookup)?,
            prefix: lookup(env::TOPIC_PREFIX).unwrap_or_default(),
            listen: listen(lookup)?,
        })
    }
}

/// The database of `todo migrate`.
pub fn migration_database(lookup: Lookup<'_>) -> Result<PgConnectOptions, SettingError> {
    match optional(lookup, env::MIGRATION_DATABASE_URL) {
        Some(_) => database(lookup, env::MIGRATION_DATABASE_URL),
        None => database(lookup, env::DATABASE_URL),
    }
}

fn database(lookup: Lookup<'_>, name: &'static str) -> Result<PgConnectOptions, SettingError> {
    let text = required(lookup, name)?;
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if !matches!(scheme, Some("postgres" | "postgresql")) {
        return Err(invalid(
            name,
            "must be a URL such as postgres://user:password@host:5432/database".to_owned(),
        ));
    }
    let options: PgConnectOptions =
        text.parse().map_err(|error: sqlx::Error| invalid(name, format!("is no connection URL: {error}")))?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(invalid(
            name,
            "must name a database: postgres://user:password@host:5432/database".to_owned(),
        ));
    }
    // A pooler such as PgBouncer refuses this option, and floats are not among our columns.
    let options = options.extra_float_digits(None);
    Ok(options.application_name("todo").disable_statement_logging())
}

fn kafka(lookup: Lookup<'_>) -> Result<KafkaSettings, SettingError> {
    let protocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
    let security_protocol = choice(lookup, env::KAFKA_SECURITY_PROTOCOL, Some("PLAINTEXT"), &protocols)?;
    let sasl = if security_protocol.starts_with("SASL") { Some(sasl(lookup)?) } else { None };
    Ok(KafkaSettings {
        bootstrap_servers: required(lookup, env::KAFKA_BOOTSTRAP_SERVERS)?,
        security_protocol,
        ca_file: optional(lookup, env::KAFKA_CA_FILE),
        sasl,
    })
}

fn sasl(lookup: Lookup<'_>) -> Result<SaslSettings, SettingError> {
    let mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];
    Ok(SaslSettings {
        mechanism: choice(lookup, env::KAFKA_SASL_MECHANISM, None, &mechanisms)?,
        username: required(lookup, env::KAFKA_SASL_USERNAME)?,
        password: required(lookup, env::KAFKA_SASL_PASSWORD)?,
    })
}

fn listen(lookup: Lookup<'_>) -> Result<SocketAddr, SettingError> {
    let text = optional(lookup, env::LISTEN).unwrap_or_else(|| LISTEN_DEFAULT.to_owned());
    text.parse().map_err(|_| invalid(env::LISTEN, format!("must be an address and port, is \"{text}\"")))
}

/// One of the allowed words.
pub fn choice(
    lookup: Lookup<'_>,
    name: &'static str,
    default: Option<&str>,
    allowed: &[&str],
) -> Result<String, SettingError> {
    let value =
        optional(lookup, name).or_else(|| default.map(str::to_owned)).ok_or(SettingError::Missing(name))?;
    if allowed.contains(&value.as_str()) {
        return Ok(value);
    }
    Err(invalid(name, format!("must be one of {}, is \"{value}\"", allowed.join(", "))))
}

fn flag(lookup: Lookup<'_>, name: &'static str, default: bool) -> Result<bool, SettingError> {
    let default = if default { "true" } else { "false" };
    Ok(choice(lookup, name, Some(default), &["true", "false"])? == "true")
}

fn optional(lookup: Lookup<'_>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.is_empty())
}

fn required(lookup: Lookup<'_>, name: &'static str) -> Result<String, SettingError> {
    optional(lookup, name).ok_or(SettingError::Missing(name))
}

fn invalid(name: &'static str, problem: String) -> SettingError {
    SettingError::Invalid { name, problem }
}

#[cfg(test)]
#[path = "settings/tests.rs"]
mod tests;
