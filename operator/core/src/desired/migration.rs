//! The Job that brings the database to the schema of the version.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest, Sha256};

use super::object::{entry, metadata};
use super::{CONFIG_ANNOTATION, config_hash, environment, pod};
use crate::bundle::{Kind, Mode, Object};
use crate::plan::{Database, Plan};

const COMPONENT: &str = "migration";

/// Retries of the pod, with the Job controller's back-off from 10 s up to 6 min: about ten minutes in all.
const RETRIES: i32 = 6;

/// The Job, keyed by image and database host and name: another image or another database is another Job.
pub(super) fn job(plan: &Plan) -> Object {
    let template = template(plan);
    let job = Job {
        metadata: ObjectMeta {
            annotations: Some([(CONFIG_ANNOTATION.to_owned(), configuration(plan, &template))].into()),
            ..metadata(&plan.identity, COMPONENT, name(plan))
        },
        spec: Some(JobSpec { backoff_limit: Some(RETRIES), template, ..JobSpec::default() }),
        status: None,
    };
    entry(Kind::Job, Mode::Create, false, &job)
}

fn template(plan: &Plan) -> PodTemplateSpec {
    let mut spec = pod::spec(plan, COMPONENT, pod::APPLICATION_USER);
    spec.restart_policy = Some("Never".to_owned());
    spec.containers = vec![container(plan)];
    let labels = Some(plan.identity.labels(COMPONENT));
    PodTemplateSpec { metadata: Some(ObjectMeta { labels, ..ObjectMeta::default() }), spec: Some(spec) }
}

/// Changes with the template and with the Secret of the connection URL: a Job that is not complete is replaced when it
/// does, so that a corrected mistake heals.
fn configuration(plan: &Plan, template: &PodTemplateSpec) -> String {
    let own = plan.identity.names().database_secret();
    let secret = match &plan.database {
        Database::Embedded(_) => &own,
        Database::External { migration_url, .. } => &migration_url.name,
    };
    let digests = plan.secret_digests.iter().filter(|(name, _)| name == secret).cloned();
    let template = serde_json::to_string(template).expect("templates have text keys only");
    config_hash(&digests.chain([("template".to_owned(), template)]).collect::<Vec<_>>())
}

/// Name of the migration Job of a plan.
fn name(plan: &Plan) -> String {
    let target = match &plan.database {
        Database::Embedded(_) => "embedded",
        Database::External { target, .. } => target,
    };
    let digest = hex::encode(Sha256::digest(format!("{}\n{target}", plan.image)));
    plan.identity.names().migration(&digest[..8])
}

fn container(plan: &Plan) -> Container {
    Container {
        name: COMPONENT.to_owned(),
        image: Some(plan.image.clone()),
        image_pull_policy: Some(plan.pull_policy.as_str().to_owned()),
        args: Some(vec!["migrate".to_owned()]),
        env: Some(environment::migration(plan)),
        resources: Some(pod::resources(&plan.api.resources)),
        security_context: Some(pod::container_security()),
        ..Container::default()
    }
}
