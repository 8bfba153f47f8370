//! From nothing to Ready, and then silence.

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;
use todo_operator_core::bundle::Kind;

use crate::world::{World, eventually};

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
    let echoed = eventually(|| async {
        world.platform().await.status?.last_handled_reconcile_at.filter(|at| at == "now")
    });
    assert!(echoed.await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn becoming_ready_is_one_event() {
    let world = World::ready(json!({"profile": "local"})).await;
    let events: Api<Event> = Api::namespaced(world.client.clone(), &world.namespace);
    let told = eventually(|| async {
        let all = events.list(&ListParams::default()).await.expect("a list");
        let ready: Vec<_> =
            all.into_iter().filter(|event| event.reason.as_deref() == Some("PlatformReady")).collect();
        (!ready.is_empty()).then_some(ready)
    });
    let told = told.await.expect("an Event");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].regarding.as_ref().and_then(|regarding| regarding.name.as_deref()), Some("todo"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn the_permissions_of_the_rules_are_enough_for_a_whole_life() {
    let mut world = World::new().await;
    world.act_with_the_permissions_of_the_rules().await;
    let external = json!({"bootstrapServers": ["kafka.example.com:9092"]});
    world
        .create(json!({"profile": "local", "messaging": {"broker": {"external": external}},
        "deletionPolicy": {"topics": "Delete", "data": "Delete"}}))
        .await;
    world.start();
    world.run_pods();
    world.await_condition("Ready", "True").await;
    world.change(json!({"spec": {"deletionPolicy": {"data": "Retain"}, "consumers": {"audit": {"enabled": false}}}})).await;
    let pruned =
        eventually(|| async { world.get(Kind::Deployment, "todo-audit").await.is_none().then_some(()) });
    assert!(pruned.await.is_some());
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    let gone = eventually(|| async {
        world.platforms().get_opt("todo").await.expect("an answer").is_none().then_some(())
    });
    assert!(gone.await.is_some());
    let refused = world.wire.refusals();
    assert!(refused.is_empty(), "{refused:#?}");
}
