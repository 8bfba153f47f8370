//! Services, and the ports that they share with containers.

use k8s_openapi::api::core::v1::{ContainerPort, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::object::metadata;
use crate::plan::Plan;

/// A TCP port with a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    pub(super) name: &'static str,
    pub(super) number: i32,
}

impl Port {
    pub(super) fn of_container(self) -> ContainerPort {
        ContainerPort {
            name: Some(self.name.to_owned()),
            container_port: self.number,
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }
    }

    fn of_service(self) -> ServicePort {
        ServicePort {
            name: Some(self.name.to_owned()),
            port: self.number,
            protocol: Some("TCP".to_owned()),
            target_port: Some(IntOrString::String(self.name.to_owned())),
            ..ServicePort::default()
        }
    }
}

/// The Service of a component.
pub(super) fn service(plan: &Plan, component: &str, port: Port) -> Service {
    Service {
        metadata: metadata(&plan.identity, component, plan.identity.names().component(component)),
        spec: Some(ServiceSpec {
            selector: Some(plan.identity.selector(component)),
            ports: Some(vec![port.of_service()]),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}
