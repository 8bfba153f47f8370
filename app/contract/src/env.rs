//! Environment variables of the `todo` executable.

/// PostgreSQL connection URL (`postgres://user:password@host:port/database`) of the serving roles.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// PostgreSQL connection URL for `todo migrate`: a direct connection, because advisory locks do not survive a
/// transaction pooler. Default: `DATABASE_URL`.
pub const MIGRATION_DATABASE_URL: &str = "MIGRATION_DATABASE_URL";
/// `true` when the database may be suspended while idle: no timer and no probe may touch it. Default `false`.
pub const DATABASE_SCALE_TO_ZERO: &str = "DATABASE_SCALE_TO_ZERO";
/// Password of the database user, referenced by the operator inside `DATABASE_URL` as `$(DATABASE_PASSWORD)`.
pub const DATABASE_PASSWORD: &str = "DATABASE_PASSWORD";

/// Comma-separated `host:port` list of the Kafka bootstrap servers.
pub const KAFKA_BOOTSTRAP_SERVERS: &str = "KAFKA_BOOTSTRAP_SERVERS";
/// `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`, as Kafka's `security.protocol`. Default `PLAINTEXT`.
pub const KAFKA_SECURITY_PROTOCOL: &str = "KAFKA_SECURITY_PROTOCOL";
/// Path of a PEM file with the certificate authorities of the brokers. Default: those of the system.
pub const KAFKA_CA_FILE: &str = "KAFKA_CA_FILE";
/// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`, as Kafka's `sasl.mechanism`.
pub const KAFKA_SASL_MECHANISM: &str = "KAFKA_SASL_MECHANISM";
/// SASL user name.
pub const KAFKA_SASL_USERNAME: &str = "KAFKA_SASL_USERNAME";
/// SASL password.
pub const KAFKA_SASL_PASSWORD: &str = "KAFKA_SASL_PASSWORD";
/// Prefix of every topic and consumer group. Default empty.
pub const TOPIC_PREFIX: &str = "TOPIC_PREFIX";

/// Key (at least 32 bytes) that signs and verifies the tokens of local accounts (HS256). Empty refuses to start.
pub const AUTH_SIGNING_SECRET: &str = "AUTH_SIGNING_SECRET";
/// `false` closes sign-up and sign-in of local accounts. Default `true`.
pub const AUTH_LOCAL_ENABLED: &str = "AUTH_LOCAL_ENABLED";
/// Other issuers whose tokens are accepted: a JSON array of at most 4 objects with `issuer`, `audience`, `algorithms`
/// (an array) and either `jwksUrl` or `secretVariable`, the name of the variable that holds the shared secret. Default
/// `[]`.
pub const AUTH_ISSUERS: &str = "AUTH_ISSUERS";
/// Start of the names of variables that hold an issuer's shared secret; the issuer's position (0–3) follows.
pub const AUTH_ISSUER_SECRET: &str = "AUTH_ISSUER_SECRET_";

/// Requests that one user may send in a minute to one process of the API; 0 is without a limit. Default 1200: 20 a second,
/// above what a person's clients need (Vikunja allows 100 a minute) and far below what a process serves.
pub const RATE_LIMIT_PER_MINUTE: &str = "RATE_LIMIT_PER_MINUTE";
/// Sign-ups and sign-ins in a minute from one address (of the peer: behind a proxy, of all its clients) to one process of
/// the API; 0 is without a limit. Default 60: each hashes a password, which takes about 40 ms of a core.
pub const SIGN_IN_LIMIT_PER_MINUTE: &str = "SIGN_IN_LIMIT_PER_MINUTE";
/// Comma-separated origins, such as `https://todo.example.com`, whose pages may call the API from a browser (CORS).
/// Credentials of the browser are never allowed, for the API takes tokens. Default: none.
pub const CORS_ALLOWED_ORIGINS: &str = "CORS_ALLOWED_ORIGINS";

/// Address and port of the service listener. Default `0.0.0.0:8080`.
pub const LISTEN: &str = "LISTEN";
/// Log format: `json` or `text`. Default `json`.
pub const LOG_FORMAT: &str = "LOG_FORMAT";
/// Filter of the log, in the syntax of `tracing_subscriber::EnvFilter`. Default `info`.
pub const LOG_LEVEL: &str = "LOG_LEVEL";
