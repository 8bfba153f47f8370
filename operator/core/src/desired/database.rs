//! The embedded PostgreSQL.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ExecAction, PersistentVolumeClaim, PersistentVolumeClaimSpec, PodSpec, Probe,
    Service, ServicePort, ServiceSpec, VolumeResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use todo_operator_api::v1alpha1::SecretKeyRef;

use super::environment::{from_secret, literal};
use super::identity::DATABASE_USER;
use super::object::{applied, entry, metadata};
use super::{pod, workload};
use crate::bundle::{Kind, Mode, Object};
use crate::plan::{Database, PASSWORD_KEY, Plan, Resources, Storage};

const COMPONENT: &str = "database";
const PORT: i32 = 5432;
const PORT_NAME: &str = "postgresql";
/// User `postgres` of the official image.
const USER: i64 = 999;
const DATA: &str = "/var/lib/postgresql/data";

pub(super) fn objects(plan: &Plan) -> Vec<Object> {
    let Database::Embedded { image, storage, resources } = &plan.database else { return Vec::new() };
    vec![
        claim(plan, COMPONENT, storage, plan.retain_data),
        applied(Kind::Service, &service(plan)),
        applied(Kind::StatefulSet, &stateful_set(plan, image, resources)),
    ]
}

/// Connection URL with a password, or with the text that stands for it.
pub(super) fn url(plan: &Plan, password: &str) -> String {
    let host = plan.identity.names().component(COMPONENT);
    format!("postgres://{DATABASE_USER}:{password}@{host}:{PORT}/{DATABASE_USER}?sslmode=disable")
}

/// A volume claim of its own rather than a template of the StatefulSet, so that it can grow and be kept.
pub(super) fn claim(plan: &Plan, component: &str, storage: &Storage, retained: bool) -> Object {
    let claim = PersistentVolumeClaim {
        metadata: metadata(&plan.identity, component, plan.identity.names().claim(component)),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            resources: Some(VolumeResourceRequirements {
                requests: Some([("storage".to_owned(), Quantity(storage.size.clone()))].into()),
                limits: None,
            }),
            storage_class_name: storage.class_name.clone(),
            ..PersistentVolumeClaimSpec::default()
        }),
        status: None,
    };
    entry(Kind::PersistentVolumeClaim, Mode::Apply, retained, &claim)
}

fn service(plan: &Plan) -> Service {
    Service {
        metadata: metadata(&plan.identity, COMPONENT, plan.identity.names().component(COMPONENT)),
        spec: Some(ServiceSpec {
            selector: Some(plan.identity.selector(COMPONENT)),
            ports: Some(vec![ServicePort {
                name: Some(PORT_NAME.to_owned()),
                port: PORT,
                protocol: Some("TCP".to_owned()),
                target_port: Some(IntOrString::String(PORT_NAME.to_owned())),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

fn stateful_set(plan: &Plan, image: &str, resources: &Resources) -> StatefulSet {
    let mut spec = pod::spec(plan, COMPONENT, USER);
    spec.termination_grace_period_seconds = Some(60);
    spec.containers = vec![container(plan, image, resources)];
    spec.volumes = Some(vec![
        pod::claimed("data", plan.identity.names().claim(COMPONENT)),
        pod::scratch("run"),
        pod::scratch("tmp"),
    ]);
    single_replica(plan, COMPONENT, spec)
}

/// A StatefulSet of one pod. `Parallel` lets a pod that never became ready be replaced when its template is mended.
pub(super) fn single_replica(plan: &Plan, component: &str, spec: PodSpec) -> StatefulSet {
    use k8s_openapi::api::apps::v1::StatefulSetSpec;
    let name = plan.identity.names().component(component);
    StatefulSet {
        metadata: metadata(&plan.identity, component, name.clone()),
        spec: Some(StatefulSetSpec {
            replicas: Some(1),
            service_name: Some(name),
            pod_management_policy: Some("Parallel".to_owned()),
            revision_history_limit: Some(3),
            selector: workload::selector(plan, component),
            template: workload::template(plan, component, spec, None),
            ..StatefulSetSpec::default()
        }),
        status: None,
    }
}

fn container(plan: &Plan, image: &str, resources: &Resources) -> Container {
    let password =
        SecretKeyRef { name: plan.identity.names().database_secret(), key: PASSWORD_KEY.to_owned() };
    Container {
        name: COMPONENT.to_owned(),
        image: Some(image.to_owned()),
        image_pull_policy: Some(plan.pull_policy.as_str().to_owned()),
        env: Some(vec![
            literal("POSTGRES_USER", DATABASE_USER),
            literal("POSTGRES_DB", DATABASE_USER),
            from_secret("POSTGRES_PASSWORD", &password),
            literal("PGDATA", format!("{DATA}/pgdata")),
        ]),
        ports: Some(vec![ContainerPort {
            name: Some(PORT_NAME.to_owned()),
            container_port: PORT,
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }]),
        startup_probe: Some(accepts_connections(1, 120)),
        readiness_probe: Some(accepts_connections(5, 3)),
        liveness_probe: Some(accepts_connections(10, 6)),
        resources: Some(pod::resources(resources)),
        security_context: Some(pod::container_security()),
        volume_mounts: Some(vec![
            pod::mount("data", DATA),
            pod::mount("run", "/var/run/postgresql"),
            pod::mount("tmp", "/tmp"),
        ]),
        ..Container::default()
    }
}

/// Over TCP: while the data directory is being made, the server listens on its socket only.
fn accepts_connections(period: i32, failures: i32) -> Probe {
    let command = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", DATABASE_USER, "-d", DATABASE_USER];
    let exec = ExecAction { command: Some(command.map(str::to_owned).to_vec()) };
    Probe { exec: Some(exec), ..pod::timing(period, failures) }
}
