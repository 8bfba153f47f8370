//! From nothing to Ready, and then silence.

use serde_json::json;
use todo_operator_core::bundle::Kind;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_local_platform_becomes_ready_and_a_further_visit_writes_nothing() {
    let world = World::ready(json!({"profile": "local"})).await;
    let status = world.platform().await.status.expect("a status");
    assert!(status.time_to_ready_seconds.is_some());
    assert_eq!(status.inventory.len(), 19, "{:#?}", status.inventory);
    assert_eq!(world.broker.names().len(), status.topics.len());
    // What the last status caused may still be under way.
    world.visit().await;
    let before = world.wire.writes().len();
    world.visit().await;
    world.visit().await;
    let since = world.wire.writes().split_off(before);
    assert!(since.is_empty(), "{since:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_new_process_finds_everything_as_desired_and_writes_nothing() {
    let mut world = World::ready(json!({"profile": "local"})).await;
    world.visit().await;
    world.restart().await;
    world.visit().await;
    world.visit().await;
    let writes = world.wire.writes();
    assert!(writes.is_empty(), "{writes:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn workloads_wait_for_database_broker_and_migration() {
    let mut world = World::new().await;
    world.create(json!({"profile": "local"})).await;
    world.start();
    world.await_reason("DatabaseReady", "DatabaseStarting").await;
    assert!(world.names(Kind::Deployment).await.is_empty());
    assert!(world.names(Kind::Job).await.is_empty());
    world.run_pods();
    world.await_condition("Ready", "True").await;
    assert_eq!(world.names(Kind::Job).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_requested_visit_is_echoed() {
    let world = World::ready(json!({"profile": "local"})).await;
    world
        .change(json!({"metadata": {"annotations": {"todoplatform.dev/reconcile-requested-at": "now"}}}))
        .await;
    let echoed = crate::world::eventually(|| async {
        world.platform().await.status?.last_handled_reconcile_at.filter(|at| at == "now")
    });
    assert!(echoed.await.is_some());
}
