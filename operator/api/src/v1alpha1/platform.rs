//! The root of the resource.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AuthSpec, ConsumersSpec, DatabaseSpec, DeletionPolicy, ImageSpec, MessagingSpec, TodoPlatformStatus,
    WorkloadSpec,
};

/// A complete todo platform: API, event consumers, PostgreSQL and Kafka topics, kept as described.
///
/// The smallest platform is `spec: { profile: local }`: it runs its own PostgreSQL and its own single-node Apache
/// Kafka. Everything that is left out comes from the profile; the profile never writes into the spec, and
/// `status.effective` shows what it resolved to.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "todoplatform.dev",
    version = "v1alpha1",
    kind = "TodoPlatform",
    plural = "todoplatforms",
    singular = "todoplatform",
    shortname = "tp",
    category = "todo",
    namespaced,
    status = "TodoPlatformStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "A complete todo platform: API, event consumers, PostgreSQL and Kafka topics, kept as described by its spec.",
    validation = Rule::new("self.metadata.name.size() <= 40").message("metadata.name must be at most 40 characters long, because the names of children are made from it"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')").message("metadata.name must start with a lower-case letter and hold only lower-case letters, digits and '-', because Services are named after it (RFC 1035)"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the platform described by the spec is in place and serves."),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why Ready has its value."),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url", description = "Where the API is served."),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version", description = "Application version that serves."),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Time since the platform was created."),
    printcolumn(name = "Profile", type_ = "string", json_path = ".status.effective.profile", description = "Profile in force.", priority = 1),
    printcolumn(name = "Available", type_ = "string", json_path = ".status.conditions[?(@.type==\"Available\")].status", description = "Whether some revision of the API serves.", priority = 1),
    printcolumn(name = "Paused", type_ = "boolean", json_path = ".spec.paused", description = "Whether changes are held back.", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What Ready is waiting for, or what failed.", priority = 1)
)]
#[x_kube(
    validation = Rule::new("(has(self.messaging) && has(self.messaging.topics) && has(self.messaging.topics.topicPrefix) ? self.messaging.topics.topicPrefix : '/') == (has(oldSelf.messaging) && has(oldSelf.messaging.topics) && has(oldSelf.messaging.topics.topicPrefix) ? oldSelf.messaging.topics.topicPrefix : '/')").message("messaging.topics.topicPrefix is immutable, because events in the old topics would be left behind; create a new platform"),
    validation = Rule::new(class_rule("database", "")).message("database.embedded.storage.className is immutable, because a volume cannot move between classes; keep what it was or create a new platform"),
    validation = Rule::new(class_rule("messaging.broker", "has(it.messaging) && ")).message("messaging.broker.embedded.storage.className is immutable, because a volume cannot move between classes; keep what it was or create a new platform")
)]
#[serde(rename_all = "camelCase")]
pub struct TodoPlatformSpec {
    /// Named set of defaults. `local`: embedded PostgreSQL and embedded Kafka, one replica of each workload, for a
    /// laptop or a test cluster. `custom`: no database and no broker is assumed, both have to be given. Explicit
    /// fields always win over the profile. Default: `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Profile")]
    pub profile: Option<Profile>,

    /// Version of the application, which is the tag of its image. Default: the version of the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]*$"))]
    pub version: Option<String>,

    /// Where the application's image comes from. Default: the operator's image catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSpec>,

    /// The PostgreSQL database: `embedded` or `external`. Default: that of the profile; `custom` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseSpec>,

    /// Transport, broker and topics of events. Default: that of the profile; `custom` has no broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging: Option<MessagingSpec>,

    /// The HTTP API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<WorkloadSpec>,

    /// The event consumers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<ConsumersSpec>,

    /// Who may sign in. Default: local accounts with a generated signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthSpec>,

    /// What happens to data and topics when the platform is deleted. Default: both are retained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// `true` holds every change back: the operator goes on observing and lists what it would change in
    /// `status.pendingChanges`. Deleting a paused platform works as usual. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// The class of an embedded server's volume stays as it is while spec or profile ask for the server, before and after.
/// The rule stands at the root, because one further down does not see fields that were absent. `parent` tests the
/// field that the server's is in.
fn class_rule(server: &str, parent: &str) -> String {
    let has = |field: &str| format!("{parent}has(it.{server}) && has(it.{server}{field})");
    let (external, embedded) = (has(".external"), has(".embedded"));
    let storage = format!(
        "{embedded} && has(it.{server}.embedded.storage) && has(it.{server}.embedded.storage.className)"
    );
    let wanted = format!("!({external}) && (({embedded}) || (has(it.profile) && it.profile == 'local'))");
    let class = format!("({storage} ? it.{server}.embedded.storage.className : '')");
    let old = |text: &str| text.replace("it.", "oldSelf.");
    let new = |text: &str| text.replace("it.", "self.");
    format!("!({}) || !({}) || {} == {}", new(&wanted), old(&wanted), new(&class), old(&class))
}

/// A named set of defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Embedded PostgreSQL and Kafka, one replica of each workload.
    Local,
    /// No database and no broker is assumed.
    #[default]
    Custom,
}

impl Profile {
    /// The word used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Custom => "custom",
        }
    }
}
