//! What a platform consists of: objects and topics, in stages.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use serde_json::Value;

/// Stages in the order in which they are applied. The next stage waits for the gate of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// ServiceAccounts and Secrets.
    Secrets,
    /// Embedded database.
    Database,
    /// Embedded broker.
    Broker,
    /// Migration Job.
    Migration,
    /// Topics.
    Topics,
    /// API and consumers.
    Workloads,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 6] =
        [Self::Secrets, Self::Database, Self::Broker, Self::Migration, Self::Topics, Self::Workloads];
}

/// Kinds that a platform may consist of. RBAC, watches, pruning and the inventory follow from this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `v1` ServiceAccount.
    ServiceAccount,
    /// `v1` Secret.
    Secret,
    /// `v1` Service.
    Service,
    /// `v1` PersistentVolumeClaim.
    PersistentVolumeClaim,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` Deployment.
    Deployment,
    /// `batch/v1` Job.
    Job,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::ServiceAccount,
        Self::Secret,
        Self::Service,
        Self::PersistentVolumeClaim,
        Self::StatefulSet,
        Self::Deployment,
        Self::Job,
    ];

    /// Kind, as in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceAccount => "ServiceAccount",
            Self::Secret => "Secret",
            Self::Service => "Service",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::StatefulSet => "StatefulSet",
            Self::Deployment => "Deployment",
            Self::Job => "Job",
        }
    }

    /// API group; empty for the core group. Every kind here is of version `v1`.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::StatefulSet | Self::Deployment => "apps",
            Self::Job => "batch",
            _ => "",
        }
    }

    /// Plural name in URLs and RBAC rules.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::ServiceAccount => "serviceaccounts",
            Self::Secret => "secrets",
            Self::Service => "services",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::StatefulSet => "statefulsets",
            Self::Deployment => "deployments",
            Self::Job => "jobs",
        }
    }

    /// Whether objects that left the bundle are deleted. Volumes and Secrets never are: they hold what cannot be
    /// made again.
    #[must_use]
    pub fn prunable(self) -> bool {
        !matches!(self, Self::PersistentVolumeClaim | Self::Secret)
    }
}

/// How an object reaches the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Server-side apply, forced on the fields that the object names.
    Apply,
    /// Created when absent, never changed and never pruned: a Secret whose listed keys are filled with random text.
    Generate(Vec<GeneratedKey>),
    /// Created when absent and never changed (the template of a Job is immutable). A failed one is replaced after
    /// five minutes.
    Create,
}

/// A key of a generated Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedKey {
    /// Key in the Secret's `stringData`.
    pub key: String,
    /// Random bytes behind the value, which is their hexadecimal form (twice as long).
    pub bytes: usize,
}

/// An object of Kubernetes.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Kind.
    pub kind: Kind,
    /// Name, in the platform's namespace.
    pub name: String,
    /// How it is applied.
    pub mode: Mode,
    /// Whether it outlives the platform. Retained objects have no owner reference and are adopted by name.
    pub retained: bool,
    /// The complete manifest, with apiVersion, kind and metadata.
    pub manifest: Value,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic {
    /// Full name.
    pub name: String,
    /// Partitions; they are added, never removed.
    pub partitions: i32,
    /// Replicas of each partition at creation; `None` leaves it to the broker.
    pub replication: Option<i32>,
    /// Retention in milliseconds (`retention.ms`).
    pub retention_ms: i64,
}

/// How the operator itself reaches the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerAccess {
    /// `host:port` of the bootstrap servers.
    pub bootstrap_servers: Vec<String>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Secret key with the certificate authorities: `(secret, key)`.
    pub ca: Option<(String, String)>,
    /// SASL mechanism and the Secret with `username` and `password`.
    pub sasl: Option<(String, String)>,
}

/// Everything that a platform consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Objects by stage, in order.
    pub stages: Vec<(Stage, Vec<Object>)>,
    /// Topics, applied at [`Stage::Topics`].
    pub topics: Vec<Topic>,
    /// How to reach the broker.
    pub broker: BrokerAccess,
    /// The controller owner reference of every object that is not retained.
    pub owner: OwnerReference,
    /// Whether every generated Secret existed when the facts were gathered: digests of Secrets are right only then.
    pub secrets_known: bool,
}

impl Bundle {
    /// All objects in order.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.stages.iter().flat_map(|(_, objects)| objects)
    }

    /// Objects of one stage.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> &[Object] {
        self.stages.iter().find(|(at, _)| *at == stage).map_or(&[], |(_, objects)| objects)
    }
}

/// What came of applying a bundle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// The live form of every object that was applied or found as desired, with its status.
    pub live: Vec<Live>,
    /// Topics that exist as described: name and partitions.
    pub topics: Vec<(String, i32)>,
    /// Where and why the application stopped, if it did.
    pub stopped: Option<Stopped>,
    /// What would change, as `<verb> <Kind>/<name>`; filled for a paused platform only.
    pub pending: Vec<String>,
}

/// An object as the API server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Kind.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// The complete object.
    pub object: Value,
}

/// Where and why applying stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The stage that is not done.
    pub stage: Stage,
    /// Why.
    pub cause: Cause,
}

/// Why a stage is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The gate of the stage is closed: time or somebody else will open it.
    Gate,
    /// The API server refused an object: its own words, with the object named.
    Refused(String),
    /// An object of the name belongs to somebody else.
    Conflict(String),
    /// The API server or the network failed; the next attempt may succeed.
    Transient(String),
    /// The broker does not answer (yet): its own words.
    BrokerUnreachable(String),
    /// The broker refused a topic: its own words, with the topic named.
    TopicRejected(String),
}

impl Cause {
    /// What there is to say.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Gate => "an earlier stage is not done",
            Self::Refused(words)
            | Self::Conflict(words)
            | Self::Transient(words)
            | Self::BrokerUnreachable(words)
            | Self::TopicRejected(words) => words,
        }
    }
}
