//! What the operator reports.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// What the operator observed and did. Written by the operator alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TodoPlatformStatus {
    /// `metadata.generation` that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Conditions, one per type: Ready, Available, Reconciling, Stalled, ConfigurationValid, DependenciesReady,
    /// DatabaseReady, MigrationsApplied, TopicsReady, WorkloadsReady, Paused.
    #[serde(default)]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_string()]))]
    pub conditions: Vec<Condition>,

    /// Where the API is served, inside the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,

    /// Application version that the ready workloads run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,

    /// What profile and spec resolved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,

    /// Pods per workload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    pub workloads: Vec<WorkloadStatus>,

    /// Topics that the platform owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    pub topics: Vec<TopicStatus>,

    /// Objects that the operator made for this platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub inventory: Vec<ObjectReference>,

    /// What a paused platform would change, as `<verb> <Kind>/<name>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub pending_changes: Vec<String>,

    /// Since when the platform has been on its way to Ready; absent while it is Ready. The progress deadline counts
    /// from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progressing_since: Option<Time>,

    /// Seconds from creation to the first time Ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_ready_seconds: Option<i64>,

    /// Value of the annotation `todoplatform.dev/reconcile-requested-at` that was handled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

/// What profile and spec resolved to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Effective {
    /// Profile in force.
    pub profile: String,
    /// `embedded` or `external`.
    pub database: String,
    /// `embedded` or `external`.
    pub broker: String,
    /// Transport of events.
    pub transport: String,
    /// Image of the application.
    pub image: String,
    /// Prefix of topics and consumer groups.
    pub topic_prefix: String,
}

/// Pods of one workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct WorkloadStatus {
    /// Component: `api`, `audit`, `database`, `broker`.
    pub name: String,
    /// Pods asked for.
    pub desired: i32,
    /// Pods that are ready.
    pub ready: i32,
    /// Pods that run the current template.
    pub updated: i32,
}

/// A topic that the platform owns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct TopicStatus {
    /// Full name.
    pub name: String,
    /// Number of partitions.
    pub partitions: i32,
}

/// An object that the operator made.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
pub struct ObjectReference {
    /// API group; empty for the core group.
    #[serde(default)]
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name, in the platform's namespace.
    pub name: String,
    /// UID.
    #[serde(default)]
    pub uid: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All words, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it stands in a condition.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }
    };
}

words! {
    /// Types of conditions, in the order in which the status lists them.
    ConditionType {
        /// The platform that the spec describes is in place and serves. `Unknown` while on the way; `False` when
        /// the error is terminal or the progress deadline has passed.
        Ready,
        /// Some revision of the API serves requests.
        Available,
        /// The operator is working towards the spec (kstatus: in progress).
        Reconciling,
        /// The operator cannot get further by itself (kstatus: failed).
        Stalled,
        /// The spec is complete and free of contradictions.
        ConfigurationValid,
        /// Referenced Secrets exist with the keys that are needed; generated ones are in place.
        DependenciesReady,
        /// The embedded database accepts connections; an external one is proved by the migration.
        DatabaseReady,
        /// The database schema is that of the version.
        MigrationsApplied,
        /// The broker answers and every topic is as described.
        TopicsReady,
        /// Every workload runs the current template with all its pods ready.
        WorkloadsReady,
        /// Changes are held back.
        Paused,
    }
}

words! {
    /// Reasons of conditions: a closed set.
    Reason {
        /// Everything described is in place and serves.
        PlatformReady,
        /// As described.
        AsDescribed,
        /// Not reached yet: an earlier stage is not done.
        AwaitingEarlierStage,
        /// The spec cannot be planned; the message lists every problem with its field.
        InvalidConfiguration,
        /// A referenced Secret or one of its keys does not exist.
        SecretMissing,
        /// A referenced Secret has a value that cannot be used.
        SecretInvalid,
        /// Generated Secrets are being created.
        SecretsPending,
        /// The database pod is starting.
        DatabaseStarting,
        /// The database pod cannot start.
        DatabaseFailing,
        /// The migration is running.
        MigrationRunning,
        /// The migration failed and is retried; the message is the tail of its log.
        MigrationFailing,
        /// The broker is starting.
        BrokerStarting,
        /// The broker pod cannot start, or the broker refuses.
        BrokerFailing,
        /// Topics are being created or changed.
        TopicsPending,
        /// A topic was refused by the broker, or belongs to another platform.
        TopicRejected,
        /// Pods are being rolled out.
        RollingOut,
        /// The image of a container cannot be pulled; the message is that of the kubelet.
        ImagePullFailed,
        /// A container cannot be created or exits again and again.
        ContainerFailing,
        /// A pod cannot be scheduled.
        Unschedulable,
        /// The API server refused an object or another request of the operator; the message is its answer.
        ApplyFailed,
        /// An object of that name belongs to somebody else.
        NameConflict,
        /// The progress deadline (10 minutes) has passed.
        ProgressDeadlineExceeded,
        /// No pod of the API is ready.
        NoReadyPods,
        /// At least one pod of the API is ready.
        ReadyPods,
        /// `spec.paused` is set.
        PausedBySpec,
        /// `spec.paused` is not set.
        NotPaused,
        /// Nothing is left to do.
        Idle,
        /// The platform is being deleted.
        Deleting,
    }
}
