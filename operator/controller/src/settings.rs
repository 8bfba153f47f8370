//! Settings of the operator.

use std::net::SocketAddr;

use todo_operator_core::settings::ImageCatalog;

/// Settings of the operator. Where they come from is the binary's matter.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Images that platforms use unless their spec names others.
    pub images: ImageCatalog,
    /// Namespaces that are watched; empty: all.
    pub watch_namespaces: Vec<String>,
    /// Platforms that are visited at the same time; at least 1.
    pub concurrency: u16,
    /// The lease that elects the leader.
    pub lease: LeaseSettings,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin_address: SocketAddr,
}

/// The lease that elects the leader among the operator's replicas.
#[derive(Clone, Debug)]
pub struct LeaseSettings {
    /// Name of the Lease.
    pub name: String,
    /// Namespace of the Lease.
    pub namespace: String,
    /// Who this process is; unique among the replicas (the pod's name).
    pub identity: String,
}
