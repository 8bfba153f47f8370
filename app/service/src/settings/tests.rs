use std::collections::BTreeMap;

use super::*;

fn valid() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        (env::DATABASE_URL, "postgres://todo:s3cret@db/todo"),
        (env::KAFKA_BOOTSTRAP_SERVERS, "kafka:9092"),
        (env::AUTH_SIGNING_SECRET, "0123456789abcdef0123456789abcdef"),
    ])
}

fn error_with(name: &'static str, value: &'static str) -> String {
    let mut variables = valid();
    variables.insert(name, value);
    let lookup = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    ApiSettings::read(&lookup).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn three_variables_are_enough_for_the_api() {
    let variables = valid();
    let settings =
        ApiSettings::read(&|name| variables.get(name).map(|value| (*value).to_owned())).expect("complete");
    assert!(settings.local_accounts && !settings.scale_to_zero);
    assert_eq!(settings.listen.port(), contract::http::PORT);
    assert_eq!(settings.kafka.security_protocol, "PLAINTEXT");
    assert_eq!((settings.edge.limits.per_user, settings.edge.limits.sign_in), (1200, 60));
    assert!(settings.edge.allowed_origins.is_empty());
}

#[test]
fn w13_an_empty_or_short_signing_secret_is_refused_and_not_repeated() {
    assert_eq!(
        error_with(env::AUTH_SIGNING_SECRET, ""),
        "failed to read the settings: AUTH_SIGNING_SECRET is not set"
    );
    let short = error_with(env::AUTH_SIGNING_SECRET, "hunter2");
    assert!(short.contains("AUTH_SIGNING_SECRET must have at least 32 bytes, has 7"), "{short}");
    assert!(!short.contains("hunter2"));
}

#[test]
fn every_bad_value_is_named_after_its_variable() {
    for (name, value) in [
        (env::DATABASE_URL, "mysql://db/todo"),
        (env::DATABASE_URL, "postgres://u:s3cret@db:port/todo"),
        (env::DATABASE_URL, "postgres://u:s3cret@db:5432"),
        (env::KAFKA_BOOTSTRAP_SERVERS, ""),
        (env::KAFKA_SECURITY_PROTOCOL, "TLS"),
        (env::LISTEN, "8080"),
        (env::AUTH_LOCAL_ENABLED, "yes"),
        (env::DATABASE_SCALE_TO_ZERO, "1"),
        (env::RATE_LIMIT_PER_MINUTE, "many"),
        (env::SIGN_IN_LIMIT_PER_MINUTE, "-1"),
        (env::CORS_ALLOWED_ORIGINS, "*"),
        (env::CORS_ALLOWED_ORIGINS, "https://todo.example.com/"),
    ] {
        let error = error_with(name, value);
        assert!(
            error.starts_with(&format!("failed to read the settings: {name} ")),
            "{name}={value}: {error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn sasl_needs_its_credentials() {
    let error = error_with(env::KAFKA_SECURITY_PROTOCOL, "SASL_SSL");
    assert!(error.contains("KAFKA_SASL_MECHANISM is not set"), "{error}");
}

#[test]
fn migrations_prefer_their_own_url() {
    let variables = BTreeMap::from([
        (env::DATABASE_URL, "postgres://a/pooled"),
        (env::MIGRATION_DATABASE_URL, "postgres://b/direct"),
    ]);
    let lookup = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    assert_eq!(migration_database(&lookup).expect("valid").get_host(), "b");
}

#[test]
fn help_lists_each_variable_of_the_role() {
    let api = help(Role::Api);
    for name in [env::DATABASE_URL, env::AUTH_SIGNING_SECRET, env::KAFKA_SASL_PASSWORD, env::LOG_LEVEL] {
        assert!(api.contains(name), "{name} is missing");
    }
    assert!(!help(Role::Migrate).contains(env::KAFKA_BOOTSTRAP_SERVERS));
}
