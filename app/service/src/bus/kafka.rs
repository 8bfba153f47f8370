//! Settings that producer and consumer share.

use rdkafka::ClientConfig;
use rdkafka::message::{Header, Headers, OwnedHeaders};

/// How to reach the brokers.
#[derive(Clone)]
pub struct KafkaSettings {
    /// Comma-separated `host:port` list.
    pub bootstrap_servers: String,
    /// `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.
    pub security_protocol: String,
    /// PEM file with the certificate authorities of the brokers; those of the system without one.
    pub ca_file: Option<String>,
    /// Credentials of the SASL protocols.
    pub sasl: Option<SaslSettings>,
}

/// Credentials.
#[derive(Clone)]
pub struct SaslSettings {
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl KafkaSettings {
    /// The part of a client's configuration that says where the brokers are and how to be let in.
    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("security.protocol", &self.security_protocol)
            .set("client.id", "todo")
            // A dead broker is asked again within a second of its return (default 10 s).
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.keepalive.enable", "true")
            // A topic that appears later is seen within 10 s (default 5 min).
            .set("topic.metadata.refresh.interval.ms", "10000");
        if let Some(ca_file) = &self.ca_file {
            config.set("ssl.ca.location", ca_file);
        }
        if let Some(sasl) = &self.sasl {
            config
                .set("sasl.mechanism", &sasl.mechanism)
                .set("sasl.username", &sasl.username)
                .set("sasl.password", &sasl.password);
        }
        config
    }
}

/// Headers in librdkafka's form.
pub(super) fn owned_headers(headers: &[(String, Vec<u8>)]) -> OwnedHeaders {
    headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

/// Headers of a received record.
pub(super) fn headers_of<H: Headers>(headers: Option<&H>) -> Vec<(String, Vec<u8>)> {
    let Some(headers) = headers else { return Vec::new() };
    headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
}
