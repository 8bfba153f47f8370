//! The controller against a real API server that nothing else writes to: the tests play the part of the kubelet.
//!
//! `TEST_KUBECONFIG` names the kubeconfig of an administrator. Every test has its own namespace.

mod bring_up;
mod broker;
mod deletion;
mod failpoints;
mod healing;
mod kubelet;
mod leadership;
mod permissions;
mod refusal;
mod schema;
mod secrets;
mod wire;
mod world;
