//! Transport, broker and topics.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ResourcesSpec, SecretKeyRef, SecretRef, StorageSpec};

/// Transport, broker and topics of events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagingSpec {
    /// How the application reaches the broker. `direct`: with a Kafka client of its own. Default: `direct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Transport")]
    pub transport: Option<Transport>,

    /// The Kafka broker: `embedded` or `external`. Default: that of the profile; `custom` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<BrokerSpec>,

    /// Names and replication of topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topics: Option<TopicsSpec>,
}

/// How the application reaches the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A Kafka client inside the application.
    #[default]
    Direct,
}

impl Transport {
    /// The word used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
        }
    }
}

/// The Kafka broker: at most one member may be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(has(self.embedded) && has(self.external))").message("messaging.broker: give either embedded or external, not both; remove one of the two")
)]
pub struct BrokerSpec {
    /// A single-node Apache Kafka (KRaft) that the operator runs in the platform's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedBroker>,

    /// A Kafka cluster that exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalBroker>,
}

/// A single-node Apache Kafka (KRaft) with a persistent volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct EmbeddedBroker {
    /// The persistent volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageSpec>,

    /// Compute resources of the broker pod. Default: requests of 100m CPU and 384Mi memory, a limit of 640Mi memory;
    /// the Java heap is 256 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesSpec>,

    /// Image reference. It has to honour the environment of the official `apache/kafka` image. Default: that of the
    /// operator's image catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// A Kafka cluster that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalBroker {
    /// Bootstrap servers as `host:port`, one to sixteen.
    #[schemars(length(min = 1, max = 16))]
    #[schemars(inner(length(min = 3, max = 261), regex(pattern = r"^[A-Za-z0-9.\[\]:_-]+:[0-9]{1,5}$")))]
    pub bootstrap_servers: Vec<String>,

    /// Encrypt connections. `{}` trusts the certificate authorities of the image. Default: no encryption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<BrokerTls>,

    /// Authenticate with SASL. Default: no authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sasl: Option<BrokerSasl>,
}

/// Encryption of connections to the broker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BrokerTls {
    /// Secret key with the certificate authorities (PEM) that signed the brokers' certificates. Default: those of
    /// the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_secret_ref: Option<SecretKeyRef>,
}

/// SASL authentication at the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BrokerSasl {
    /// SASL mechanism. `PLAIN` sends the password itself, so combine it with `tls`.
    pub mechanism: SaslMechanism,

    /// Secret with the keys `username` and `password`.
    pub secret_ref: SecretRef,
}

/// SASL mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SaslMechanism {
    /// RFC 4616.
    #[serde(rename = "PLAIN")]
    Plain,
    /// RFC 7677.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// RFC 5802 with SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl SaslMechanism {
    /// The word that Kafka uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Names and replication of topics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicsSpec {
    /// Prefix of every topic and consumer group; `""` gives the plain names (`task-events`, …). Immutable. Default:
    /// `<namespace>.<name>.`, so that platforms can share a Kafka cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 160), regex(pattern = r"^[A-Za-z0-9._-]*$"))]
    pub topic_prefix: Option<String>,

    /// Replicas of each partition. It cannot exceed the number of brokers, and it takes effect when a topic is
    /// created. Default: 1 with an embedded broker; with an external one, the broker's `default.replication.factor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9))]
    pub replication_factor: Option<i32>,
}
