//! Spec and facts become a complete, checked plan, or a list of every problem.

mod auth;
mod broker;
mod database;
mod embedded;
mod leftovers;
mod problems;
pub mod quantity;
mod resources;
mod secrets;
#[cfg(test)]
mod tests;

use contract::topics::{AUDIT, Consumer};
use todo_operator_api::v1alpha1::{Deletion, Effective, PullPolicy, TodoPlatform, TodoPlatformSpec};

use crate::bundle::Topic;
use crate::gathered::Gathered;
use crate::identity::Identity;
use crate::settings::{ImageCatalog, VERSION};

pub use auth::{Auth, Issuer, IssuerKeys};
pub use broker::{Broker, ExternalBroker};
pub use database::Database;
pub use embedded::Embedded;
pub use leftovers::{ExternalTopics, external_topics};
pub use problems::{Problem, ProblemKind, Problems};
pub use resources::{Compute, Resources, Storage};
pub use secrets::secret_names;

/// Annotation with the time of a requested visit (any text); it is echoed in the status.
pub const RECONCILE_ANNOTATION: &str = "todoplatform.dev/reconcile-requested-at";

/// The visit that somebody requested: the annotation's first 128 characters.
#[must_use]
pub fn requested_visit(platform: &TodoPlatform) -> Option<String> {
    let annotations = platform.metadata.annotations.as_ref()?;
    annotations.get(RECONCILE_ANNOTATION).map(|text| text.chars().take(128).collect())
}

/// A platform with every decision made: names, images, numbers and references are checked, so that building objects
/// from it cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Who the platform is.
    pub identity: Identity,
    /// What the status shows of profile and spec.
    pub effective: Effective,
    /// Image of the application, with tag or digest.
    pub image: String,
    /// When the kubelet pulls images.
    pub pull_policy: PullPolicy,
    /// Names of Secrets for private registries.
    pub pull_secrets: Vec<String>,
    /// The database.
    pub database: Database,
    /// The broker.
    pub broker: Broker,
    /// Prefix of topics and consumer groups.
    pub topic_prefix: String,
    /// Topics and their dead letters.
    pub topics: Vec<Topic>,
    /// The API.
    pub api: Workload,
    /// Enabled consumers.
    pub consumers: Vec<(Consumer, Workload)>,
    /// Who may sign in.
    pub auth: Auth,
    /// Whether data outlives the platform.
    pub retain_data: bool,
    /// Whether topics outlive the platform.
    pub retain_topics: bool,
    /// Digests of the Secrets that pods read, by name.
    pub secret_digests: Vec<(String, String)>,
    /// Whether every generated Secret existed when the facts were gathered.
    pub secrets_known: bool,
}

/// Replicas and resources of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Number of pods.
    pub replicas: i32,
    /// Resources of the application container.
    pub resources: Resources,
}

/// Key of the generated signing key in its Secret.
pub const SIGNING_KEY: &str = "signing-key";
/// Key of the generated database password in its Secret.
pub const PASSWORD_KEY: &str = "password";
/// Key of the generated hash key in its Secret.
pub const HASH_KEY: &str = "key";

/// Makes the plan of a platform.
///
/// # Errors
///
/// Every problem of the spec and of the Secrets that it refers to, each with its field.
pub fn plan(platform: &TodoPlatform, gathered: &Gathered, images: &ImageCatalog) -> Result<Plan, Problems> {
    let spec = &platform.spec;
    let mut problems = Problems::default();
    let identity = Identity::of(platform, spec.version.clone().unwrap_or_else(|| VERSION.to_owned()));
    let database = database::plan(spec, &identity, gathered, images, &mut problems);
    let broker = broker::plan(spec, &identity, gathered, images, &mut problems);
    let topic_prefix = topic_prefix(spec, &identity);
    broker::check_rivals(broker.as_ref(), &topic_prefix, gathered, &mut problems);
    let auth = auth::plan(spec, &identity, gathered, &mut problems);
    let api = workload(spec, &mut problems);
    let consumers = consumers(spec, &mut problems);
    let (Some(database), Some(broker)) = (database, broker) else { return Err(problems) };
    problems.into_result()?;
    let image = app_image(spec, &identity.version, images);
    Ok(Plan {
        effective: effective(spec, &database, &broker, &topic_prefix, &image),
        image,
        pull_policy: spec
            .image
            .as_ref()
            .and_then(|image| image.pull_policy)
            .unwrap_or(PullPolicy::IfNotPresent),
        pull_secrets: pull_secrets(spec),
        topics: topics(spec, &consumers, &topic_prefix, (&broker, gathered)),
        secret_digests: secrets::digests(platform, gathered),
        secrets_known: secrets::generated(platform).iter().all(|name| gathered.secrets.contains_key(name)),
        retain_data: retains(spec, |policy| policy.data),
        retain_topics: retains(spec, |policy| policy.topics),
        identity,
        database,
        broker,
        topic_prefix,
        api,
        consumers,
        auth,
    })
}

fn retains(
    spec: &TodoPlatformSpec,
    part: impl Fn(&todo_operator_api::v1alpha1::DeletionPolicy) -> Option<Deletion>,
) -> bool {
    spec.deletion_policy.as_ref().and_then(part).unwrap_or_default().retains()
}

/// The prefix of topics and groups: that of the spec, or `<namespace>.<name>.`.
#[must_use]
pub fn topic_prefix(spec: &TodoPlatformSpec, identity: &Identity) -> String {
    let given = spec.messaging.as_ref().and_then(|m| m.topics.as_ref()).and_then(|t| t.topic_prefix.clone());
    given.unwrap_or_else(|| format!("{}.{}.", identity.namespace, identity.name))
}

fn app_image(spec: &TodoPlatformSpec, version: &str, images: &ImageCatalog) -> String {
    let image = spec.image.as_ref();
    let repository = image.and_then(|i| i.repository.as_ref()).unwrap_or(&images.app);
    match image.and_then(|i| i.digest.as_ref()) {
        Some(digest) => format!("{repository}@{digest}"),
        None => format!("{repository}:{version}"),
    }
}

fn pull_secrets(spec: &TodoPlatformSpec) -> Vec<String> {
    let secrets = spec.image.as_ref().and_then(|image| image.pull_secrets.as_ref());
    secrets.into_iter().flatten().map(|secret| secret.name.clone()).collect()
}

fn workload(spec: &TodoPlatformSpec, problems: &mut Problems) -> Workload {
    let api = spec.api.clone().unwrap_or_default();
    let resources =
        resources::plan(api.resources.as_ref(), &resources::APPLICATION, "spec.api.resources", problems);
    Workload { replicas: api.replicas.unwrap_or(1), resources }
}

fn consumers(spec: &TodoPlatformSpec, problems: &mut Problems) -> Vec<(Consumer, Workload)> {
    let audit = spec.consumers.as_ref().and_then(|consumers| consumers.audit.clone()).unwrap_or_default();
    let field = "spec.consumers.audit.resources";
    let resources = resources::plan(audit.resources.as_ref(), &resources::APPLICATION, field, problems);
    let workload = Workload { replicas: audit.replicas.unwrap_or(1), resources };
    if audit.enabled.unwrap_or(true) { vec![(AUDIT, workload)] } else { Vec::new() }
}

fn topics(
    spec: &TodoPlatformSpec,
    consumers: &[(Consumer, Workload)],
    prefix: &str,
    (broker, gathered): (&Broker, &Gathered),
) -> Vec<Topic> {
    let given = spec.messaging.as_ref().and_then(|m| m.topics.as_ref()).and_then(|t| t.replication_factor);
    let replication = given.or(match broker {
        Broker::Embedded(_) => Some(1),
        Broker::External(_) => None,
    });
    let topic = |name: String, partitions: i32, retention_ms: i64| {
        let observed = gathered.topics.get(&name).copied().unwrap_or_default();
        Topic { name, partitions: partitions.max(observed), replication, retention_ms }
    };
    let live = contract::topics::ALL.iter().map(|t| topic(t.prefixed(prefix), t.partitions, t.retention_ms));
    let dead = consumers.iter().flat_map(|(consumer, _)| {
        consumer.topics.iter().map(|t| {
            topic(
                consumer.dead_letter(t, prefix),
                contract::topics::DEAD_LETTER_PARTITIONS,
                contract::topics::DEAD_LETTER_RETENTION_MS,
            )
        })
    });
    live.chain(dead).collect()
}

fn effective(
    spec: &TodoPlatformSpec,
    database: &Database,
    broker: &Broker,
    prefix: &str,
    image: &str,
) -> Effective {
    let transport = spec.messaging.as_ref().and_then(|messaging| messaging.transport).unwrap_or_default();
    Effective {
        profile: spec.profile.unwrap_or_default().as_str().to_owned(),
        database: database.as_str().to_owned(),
        broker: broker.as_str().to_owned(),
        transport: transport.as_str().to_owned(),
        image: image.to_owned(),
        topic_prefix: prefix.to_owned(),
    }
}
