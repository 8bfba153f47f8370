//! Facts that the shell read from outside before planning.

use std::collections::{BTreeMap, BTreeSet};

/// All facts of one visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Existing Secrets among those of [`crate::plan::secret_names`], by name. A missing one has no entry.
    pub secrets: BTreeMap<String, SecretFacts>,
    /// Pods with the platform's label.
    pub pods: Vec<PodFacts>,
    /// Tail of the log of the newest failed pod of a Job, by the Job's name (at most 1 KiB).
    pub job_logs: BTreeMap<String, String>,
    /// Observed partitions by full topic name, as of the last successful look at the broker.
    pub topics: BTreeMap<String, i32>,
    /// Existing claims for volumes, by name.
    pub claims: BTreeMap<String, ClaimFacts>,
    /// Other platforms of the cluster that use an external broker.
    pub rivals: Vec<Rival>,
}

/// What is known of an existing claim for a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimFacts {
    /// Requested storage, as written (a Kubernetes quantity).
    pub size: String,
    /// StorageClass; `None` while the cluster has not given it one.
    pub class_name: Option<String>,
}

/// What is known of a Secret; never its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Keys with a value that is not empty.
    pub keys: BTreeSet<String>,
    /// HMAC-SHA-256 of the whole content under the platform's hash key, in hexadecimal; empty while that key does
    /// not exist.
    pub digest: String,
    /// Host, port and database name of the values that are PostgreSQL URLs, by key: `host:5432/name`. Values that
    /// do not parse have an entry in `malformed` instead.
    pub databases: BTreeMap<String, String>,
    /// Why a value that should be a PostgreSQL URL is none, by key; without the value.
    pub malformed: BTreeMap<String, String>,
    /// Keys with a value that is not UTF-8 text, or that has a NUL byte: no container starts with it.
    pub binary: BTreeSet<String>,
    /// Length in bytes of each value.
    pub lengths: BTreeMap<String, usize>,
}

/// What a pod of the platform is waiting for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodFacts {
    /// Component label.
    pub component: String,
    /// Name of the pod.
    pub name: String,
    /// The first thing that keeps the pod from being ready, if anything does.
    pub trouble: Option<PodTrouble>,
}

/// Something that keeps a pod from being ready.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodTrouble {
    /// What kind of trouble.
    pub kind: TroubleKind,
    /// The kubelet's or scheduler's own words, with the container named.
    pub message: String,
}

/// Kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// `ErrImagePull`, `ImagePullBackOff`, `InvalidImageName`, `ErrImageNeverPull`.
    ImagePull,
    /// `CreateContainerError`, `CreateContainerConfigError`, `CrashLoopBackOff`, `RunContainerError`, or a last exit
    /// other than 0.
    Container,
    /// The scheduler found no node.
    Unschedulable,
}

/// Another platform on the same external broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// `<namespace>/<name>`.
    pub platform: String,
    /// Its bootstrap servers.
    pub bootstrap_servers: Vec<String>,
    /// Its topic prefix.
    pub topic_prefix: String,
    /// Whether it was created before the platform at hand (ties are broken by `<namespace>/<name>`).
    pub older: bool,
}
