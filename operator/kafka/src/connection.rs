//! How a broker is reached.

use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// How a broker is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// `host:port` of the bootstrap servers.
    pub bootstrap_servers: Vec<String>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Certificate authorities (PEM) that signed the brokers' certificates. `None` trusts those of the system.
    pub ca_pem: Option<String>,
    /// SASL credentials. `None` connects without authentication.
    pub sasl: Option<Sasl>,
}

/// SASL credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Sasl {
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// User name.
    pub username: String,
    /// Password. It never appears in `Debug`.
    pub password: String,
}

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sasl")
            .field("mechanism", &self.mechanism)
            .field("username", &self.username)
            .field("password", &"<redacted>")
            .finish()
    }
}

impl Connection {
    /// Kafka's `security.protocol`.
    fn security_protocol(&self) -> &'static str {
        match (self.tls, self.sasl.is_some()) {
            (false, false) => "plaintext",
            (true, false) => "ssl",
            (false, true) => "sasl_plaintext",
            (true, true) => "sasl_ssl",
        }
    }

    /// Settings of librdkafka, as its CONFIGURATION.md names them.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.bootstrap_servers.join(","))
            .set("client.id", "todo-operator")
            .set("security.protocol", self.security_protocol())
            // Looking at a topic must not make it: the producer's default would.
            .set("allow.auto.create.topics", "false")
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("reconnect.backoff.max.ms", "1000")
            // A connection that the broker closes, as one for TLS does to one without, is told at level info.
            .set_log_level(RDKafkaLogLevel::Info);
        if let Some(pem) = &self.ca_pem {
            config.set("ssl.ca.pem", pem);
        }
        if let Some(sasl) = &self.sasl {
            config
                .set("sasl.mechanisms", &sasl.mechanism)
                .set("sasl.username", &sasl.username)
                .set("sasl.password", &sasl.password);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sasl() -> Sasl {
        Sasl {
            mechanism: "SCRAM-SHA-256".to_owned(),
            username: "todo".to_owned(),
            password: "hunter2".to_owned(),
        }
    }

    #[test]
    fn debug_output_never_shows_the_password() {
        let connection = Connection { sasl: Some(sasl()), ..Connection::default() };
        let text = format!("{connection:?}");
        assert!(text.contains("<redacted>") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_protocol_follows_from_tls_and_sasl() {
        let protocol = |tls, sasl| Connection { tls, sasl, ..Connection::default() }.security_protocol();
        assert_eq!(protocol(false, None), "plaintext");
        assert_eq!(protocol(true, None), "ssl");
        assert_eq!(protocol(false, Some(sasl())), "sasl_plaintext");
        assert_eq!(protocol(true, Some(sasl())), "sasl_ssl");
    }

    #[test]
    fn authorities_and_credentials_reach_librdkafka() {
        let connection = Connection {
            bootstrap_servers: vec!["a:9092".to_owned(), "b:9092".to_owned()],
            tls: true,
            ca_pem: Some("PEM".to_owned()),
            sasl: Some(sasl()),
        };
        let config = connection.client_config();
        assert_eq!(config.get("bootstrap.servers"), Some("a:9092,b:9092"));
        assert_eq!(config.get("ssl.ca.pem"), Some("PEM"));
        assert_eq!(config.get("sasl.mechanisms"), Some("SCRAM-SHA-256"));
        assert_eq!(config.get("sasl.password"), Some("hunter2"));
    }
}
