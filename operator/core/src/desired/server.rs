//! Servers with one pod and one volume: what the embedded PostgreSQL and the embedded Kafka have in common.

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{
    Container, EnvVar, PersistentVolumeClaim, PersistentVolumeClaimSpec, PodSpec, Probe,
    VolumeResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::object::{entry, metadata};
use super::service::Port;
use super::{pod, workload};
use crate::bundle::{Kind, Mode, Object};
use crate::plan::{Embedded, Plan};

/// Volume with the data.
const DATA_VOLUME: &str = "data";

/// A server.
pub(super) struct Server<'a> {
    pub(super) component: &'static str,
    pub(super) embedded: &'a Embedded,
    /// User of the image.
    pub(super) user: i64,
    pub(super) port: Port,
    pub(super) environment: Vec<EnvVar>,
    /// The probe for a period in seconds and a number of failures in a row.
    pub(super) probe: fn(i32, i32) -> Probe,
    /// Where the data is.
    pub(super) data: &'static str,
    /// Names and paths of folders that have to be writable.
    pub(super) scratch: &'static [(&'static str, &'static str)],
}

/// A volume claim of its own rather than a template of the StatefulSet, so that it can grow and be kept.
pub(super) fn claim(plan: &Plan, server: &Server<'_>, retained: bool) -> Object {
    let storage = &server.embedded.storage;
    let claim = PersistentVolumeClaim {
        metadata: metadata(&plan.identity, server.component, plan.identity.names().claim(server.component)),
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

/// A StatefulSet of one pod. `Parallel` lets a pod that never became ready be replaced when its template is mended.
pub(super) fn stateful_set(plan: &Plan, server: &Server<'_>) -> StatefulSet {
    let name = plan.identity.names().component(server.component);
    StatefulSet {
        metadata: metadata(&plan.identity, server.component, name.clone()),
        spec: Some(StatefulSetSpec {
            replicas: Some(1),
            service_name: Some(name),
            pod_management_policy: Some("Parallel".to_owned()),
            revision_history_limit: Some(3),
            selector: workload::selector(plan, server.component),
            template: workload::template(plan, server.component, pod_spec(plan, server), None),
            ..StatefulSetSpec::default()
        }),
        status: None,
    }
}

fn pod_spec(plan: &Plan, server: &Server<'_>) -> PodSpec {
    let data = pod::claimed(DATA_VOLUME, plan.identity.names().claim(server.component));
    let scratch = server.scratch.iter().map(|(name, _)| pod::scratch(name));
    let mut spec = pod::spec(plan, server.component, server.user);
    spec.termination_grace_period_seconds = Some(60);
    spec.containers = vec![container(plan, server)];
    spec.volumes = Some(std::iter::once(data).chain(scratch).collect());
    spec
}

fn container(plan: &Plan, server: &Server<'_>) -> Container {
    let data = pod::mount(DATA_VOLUME, server.data);
    let scratch = server.scratch.iter().map(|(name, path)| pod::mount(name, path));
    Container {
        name: server.component.to_owned(),
        image: Some(server.embedded.image.clone()),
        image_pull_policy: Some(plan.pull_policy.as_str().to_owned()),
        env: Some(server.environment.clone()),
        ports: Some(vec![server.port.of_container()]),
        // Half an hour: recovery after a crash must not be cut short, or it starts over.
        startup_probe: Some((server.probe)(1, 1800)),
        readiness_probe: Some((server.probe)(5, 3)),
        liveness_probe: Some((server.probe)(10, 6)),
        resources: Some(pod::resources(&server.embedded.resources)),
        security_context: Some(pod::container_security()),
        volume_mounts: Some(std::iter::once(data).chain(scratch).collect()),
        ..Container::default()
    }
}
