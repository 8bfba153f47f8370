//! Stories on a real cluster: the operator runs in it, and nothing here knows how it is made.
//!
//! `TEST_KUBECONFIG` names the cluster. The machine that runs the stories reaches Service and pod addresses, as
//! `hack/cluster` arranges. Stories under [`alone`] disturb the operator itself and run one at a time.

mod accepts;
mod alone;
mod creates;
mod deletes;
mod heals;
mod prunes;
mod refuses;
mod support;
mod uses;
