//! One replica acts, the others stand by.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use todo_operator_controller::lease::Elector;
use todo_operator_controller::settings::LeaseSettings;

use crate::world::World;

fn replica(world: &World, identity: &str) -> Elector {
    let settings = LeaseSettings {
        name: "operator".into(),
        namespace: world.namespace.clone(),
        identity: identity.into(),
    };
    Elector::new(world.client.clone(), settings)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_standby_takes_a_released_lease_without_waiting_for_it_to_expire() {
    let world = World::new().await;
    let (mut leader, mut standby) = (replica(&world, "a"), replica(&world, "b"));
    leader.acquire().await;
    let waited = tokio::time::timeout(Duration::from_secs(3), standby.acquire()).await;
    assert!(waited.is_err(), "two replicas must not lead");
    leader.release().await.expect("a released lease");
    let released = Instant::now();
    standby.acquire().await;
    assert!(released.elapsed() < Duration::from_secs(10), "{:?}", released.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_leader_whose_lease_was_taken_stops() {
    let world = World::new().await;
    let mut leader = replica(&world, "a");
    leader.acquire().await;
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), &world.namespace);
    let stolen = Patch::Merge(json!({"spec": {"holderIdentity": "b"}}));
    leases.patch("operator", &PatchParams::default(), &stolen).await.expect("a patched lease");
    let stopped = tokio::time::timeout(Duration::from_secs(20), leader.keep()).await;
    assert!(stopped.is_ok(), "it went on without the lease");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_lease_whose_holder_fell_silent_is_taken_after_its_duration() {
    let world = World::new().await;
    let (mut gone, mut standby) = (replica(&world, "a"), replica(&world, "b"));
    gone.acquire().await;
    let taken = tokio::time::timeout(Duration::from_secs(40), standby.acquire()).await;
    assert!(taken.is_ok(), "nobody leads");
}
