//! Deployments and Services of the API and the consumers.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::api::core::v1::{
    Container, EnvVar, Lifecycle, LifecycleHandler, PodSpec, PodTemplateSpec, SleepAction,
    TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::environment;
use super::object::{applied, metadata};
use super::service::{Port, service};
use super::{CONFIG_ANNOTATION, config_hash, pod};
use crate::bundle::{Kind, Object};
use crate::plan::{Plan, Workload};

/// Port of every role of the application.
const PORT: Port = Port { name: contract::http::PORT_NAME, number: contract::http::PORT as i32 };

/// A workload of the application.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) component: &'static str,
    arguments: Vec<String>,
    environment: Vec<EnvVar>,
    workload: Workload,
}

/// All workloads of a plan: the API first.
pub(super) fn components(plan: &Plan) -> Vec<Part> {
    let api = Part {
        component: "api",
        arguments: vec!["api".to_owned()],
        environment: environment::auth(&plan.auth),
        workload: plan.api.clone(),
    };
    let consumers = plan.consumers.iter().map(|(consumer, workload)| Part {
        component: consumer.name,
        arguments: vec!["consume".to_owned(), consumer.name.to_owned()],
        environment: Vec::new(),
        workload: workload.clone(),
    });
    std::iter::once(api).chain(consumers).collect()
}

pub(super) fn objects(plan: &Plan, part: &Part) -> Vec<Object> {
    vec![
        applied(Kind::Service, &service(plan, part.component, PORT)),
        applied(Kind::Deployment, &deployment(plan, part)),
    ]
}

fn deployment(plan: &Plan, part: &Part) -> Deployment {
    Deployment {
        metadata: metadata(&plan.identity, part.component, plan.identity.names().component(part.component)),
        spec: Some(DeploymentSpec {
            replicas: Some(part.workload.replicas),
            revision_history_limit: Some(3),
            selector: selector(plan, part.component),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_surge: Some(IntOrString::Int(1)),
                    max_unavailable: Some(IntOrString::Int(0)),
                }),
            }),
            template: template(
                plan,
                part.component,
                pod_spec(plan, part),
                Some(config_hash(&plan.secret_digests)),
            ),
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

pub(super) fn selector(plan: &Plan, component: &str) -> LabelSelector {
    LabelSelector { match_labels: Some(plan.identity.selector(component)), match_expressions: None }
}

/// A pod template. The version label stays out of it: a new operator must not restart what did not change.
pub(super) fn template(
    plan: &Plan,
    component: &str,
    spec: PodSpec,
    config: Option<String>,
) -> PodTemplateSpec {
    let mut labels = plan.identity.labels(component);
    labels.remove("app.kubernetes.io/version");
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels),
            annotations: config.map(|hash| [(CONFIG_ANNOTATION.to_owned(), hash)].into()),
            ..ObjectMeta::default()
        }),
        spec: Some(spec),
    }
}

fn pod_spec(plan: &Plan, part: &Part) -> PodSpec {
    let (volumes, mounts): (Vec<_>, Vec<_>) = environment::volumes(plan).into_iter().unzip();
    let mut container = container(plan, part);
    container.volume_mounts = (!mounts.is_empty()).then_some(mounts);
    let mut spec = pod::spec(plan, part.component, pod::APPLICATION_USER);
    spec.termination_grace_period_seconds = Some(30);
    spec.containers = vec![container];
    spec.volumes = (!volumes.is_empty()).then_some(volumes);
    spec.topology_spread_constraints = (part.workload.replicas > 1).then(|| {
        vec![TopologySpreadConstraint {
            max_skew: 1,
            topology_key: "kubernetes.io/hostname".to_owned(),
            when_unsatisfiable: "ScheduleAnyway".to_owned(),
            label_selector: Some(selector(plan, part.component)),
            ..TopologySpreadConstraint::default()
        }]
    });
    spec
}

fn container(plan: &Plan, part: &Part) -> Container {
    let mut variables = environment::database(plan);
    variables.extend(environment::messaging(plan));
    variables.extend(part.environment.iter().cloned());
    Container {
        name: part.component.to_owned(),
        image: Some(plan.image.clone()),
        image_pull_policy: Some(plan.pull_policy.as_str().to_owned()),
        args: Some(part.arguments.clone()),
        env: Some(variables),
        ports: Some(vec![PORT.of_container()]),
        startup_probe: Some(pod::http_probe(contract::http::LIVENESS_PATH, 1, 60)),
        readiness_probe: Some(pod::http_probe(contract::http::READINESS_PATH, 5, 2)),
        liveness_probe: Some(pod::http_probe(contract::http::LIVENESS_PATH, 10, 3)),
        lifecycle: Some(drained()),
        resources: Some(pod::resources(&part.workload.resources)),
        security_context: Some(pod::container_security()),
        ..Container::default()
    }
}

/// The pod serves on while its address is taken out of the Services, so that a rollout refuses no connection.
fn drained() -> Lifecycle {
    let sleep = SleepAction { seconds: 3 };
    let pre_stop = LifecycleHandler { sleep: Some(sleep), ..LifecycleHandler::default() };
    Lifecycle { pre_stop: Some(pre_stop), ..Lifecycle::default() }
}
