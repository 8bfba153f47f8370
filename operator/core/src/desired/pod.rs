//! What all pods have in common: the restricted Pod Security Standard and a few habits.

use k8s_openapi::api::core::v1::{
    Capabilities, EmptyDirVolumeSource, HTTPGetAction, LocalObjectReference,
    PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, Probe, ResourceRequirements,
    SeccompProfile, SecurityContext, TCPSocketAction, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::plan::{Compute, Plan, Resources};

/// User and group of the application's image.
pub(super) const APPLICATION_USER: i64 = 65532;

/// A pod of a component: no token, no root, no environment variables of neighbouring Services.
pub(super) fn spec(plan: &Plan, component: &str, user: i64) -> PodSpec {
    PodSpec {
        service_account_name: Some(plan.identity.names().component(component)),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: (!plan.pull_secrets.is_empty()).then(|| {
            plan.pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() }).collect()
        }),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(user),
            run_as_group: Some(user),
            fs_group: Some(user),
            fs_group_change_policy: Some("OnRootMismatch".to_owned()),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                ..SeccompProfile::default()
            }),
            ..PodSecurityContext::default()
        }),
        ..PodSpec::default()
    }
}

/// The security context of every container (Pod Security Standard "restricted", and a read-only root).
pub(super) fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

pub(super) fn resources(resources: &Resources) -> ResourceRequirements {
    let list = |compute: &Compute| {
        let parts = [("cpu", &compute.cpu), ("memory", &compute.memory)];
        let list: std::collections::BTreeMap<_, _> = parts
            .into_iter()
            .filter_map(|(name, amount)| Some((name.to_owned(), Quantity(amount.clone()?))))
            .collect();
        (!list.is_empty()).then_some(list)
    };
    ResourceRequirements {
        requests: list(&resources.requests),
        limits: list(&resources.limits),
        ..ResourceRequirements::default()
    }
}

/// A probe every `period` seconds that tolerates `failures` in a row.
pub(super) fn http_probe(path: &str, period: i32, failures: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::String(contract::http::PORT_NAME.to_owned()),
            ..HTTPGetAction::default()
        }),
        ..timing(period, failures)
    }
}

pub(super) fn tcp_probe(port: &str, period: i32, failures: i32) -> Probe {
    let tcp_socket = TCPSocketAction { port: IntOrString::String(port.to_owned()), host: None };
    Probe { tcp_socket: Some(tcp_socket), ..timing(period, failures) }
}

pub(super) fn timing(period: i32, failures: i32) -> Probe {
    Probe {
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        timeout_seconds: Some(5),
        ..Probe::default()
    }
}

/// A volume in memory of the node's disk, empty at the start of the pod.
pub(super) fn scratch(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}

pub(super) fn claimed(name: &str, claim: String) -> Volume {
    let source = PersistentVolumeClaimVolumeSource { claim_name: claim, read_only: None };
    Volume { name: name.to_owned(), persistent_volume_claim: Some(source), ..Volume::default() }
}

pub(super) fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), ..VolumeMount::default() }
}
