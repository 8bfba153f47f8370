//! What the operator is not permitted to do stands in the status, and heals with the permission.

use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};
use todo_operator_controller::kinds;

use crate::world::{World, eventually};

/// The operator's permissions without one verb on one resource.
fn rules_without(verb: &str, resource: &str) -> Vec<PolicyRule> {
    let mut rules = kinds::rules().platforms;
    for rule in &mut rules {
        if rule.resources.iter().flatten().any(|one| one == resource) {
            rule.verbs.retain(|one| one != verb);
        }
    }
    rules
}

/// A ready platform whose operator has the permissions of the rules.
async fn ready(spec: Value) -> World {
    let mut world = World::new().await;
    world.act_with_the_permissions_of_the_rules().await;
    world.create(spec).await;
    world.start();
    world.run_pods();
    world.await_condition("Ready", "True").await;
    world
}

async fn request_visit(world: &World, mark: &str) {
    world
        .change(json!({"metadata": {"annotations": {"todoplatform.dev/reconcile-requested-at": mark}}}))
        .await;
}

async fn events(world: &World, reason: &str) -> Vec<Event> {
    let events: Api<Event> = Api::namespaced(world.client.clone(), &world.namespace);
    let all = events.list(&ListParams::default()).await.expect("a list");
    all.into_iter().filter(|event| event.reason.as_deref() == Some(reason)).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_secret_that_may_not_be_read_is_a_condition_and_one_event_until_it_may() {
    let world = ready(json!({"profile": "local"})).await;
    world.permit(rules_without("get", "secrets")).await;
    request_visit(&world, "1").await;
    let message = world.await_reason("DependenciesReady", "ApplyFailed").await;
    assert!(message.contains("failed to get Secret") && message.contains("is forbidden: User"), "{message}");
    let (ready, reason, _) = world.condition("Ready").await.expect("a condition");
    assert_eq!((ready.as_str(), reason.as_str()), ("Unknown", "ApplyFailed"));
    let (workloads, ..) = world.condition("WorkloadsReady").await.expect("a condition");
    assert_eq!(workloads, "True", "what was known stands");
    let (refused, written) = (world.wire.refusals().len(), world.wire.writes().len());
    let again = eventually(|| async { (world.wire.refusals().len() >= refused + 2).then_some(()) });
    assert!(again.await.is_some(), "it is not tried again");
    assert_eq!(world.wire.writes().len(), written, "nothing new is written");
    assert_eq!(events(&world, "ApplyFailed").await.len(), 1);
    world.permit(kinds::rules().platforms).await;
    world.await_condition("Ready", "True").await;
    world.await_condition("DependenciesReady", "True").await;
    let handled = eventually(|| async {
        world.platform().await.status?.last_handled_reconcile_at.filter(|mark| mark == "1")
    });
    assert!(handled.await.is_some(), "the visit that was asked for is made up for");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_finalizer_that_may_not_be_changed_is_told_in_life_and_in_deletion() {
    let external = json!({"bootstrapServers": ["kafka.example.com:9092"]});
    let world = ready(json!({"profile": "local", "messaging": {"broker": {"external": external}}})).await;
    world.permit(rules_without("patch", "todoplatforms")).await;
    world.change(json!({"spec": {"deletionPolicy": {"topics": "Delete"}}})).await;
    let message = world.await_reason("DependenciesReady", "ApplyFailed").await;
    assert!(message.contains("set the finalizers") && message.contains("is forbidden: User"), "{message}");
    world.permit(kinds::rules().platforms).await;
    let set = eventually(|| async {
        (!world.platform().await.metadata.finalizers.unwrap_or_default().is_empty()).then_some(())
    });
    assert!(set.await.is_some(), "it does not heal");
    world.await_condition("Ready", "True").await;
    world.permit(rules_without("patch", "todoplatforms")).await;
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    let told = eventually(|| async {
        let (_, reason, message) = world.condition("Ready").await?;
        (reason == "Deleting" && message.contains("is forbidden: User")).then_some(())
    });
    assert!(told.await.is_some(), "{:#?}", world.condition("Ready").await);
    world.permit(kinds::rules().platforms).await;
    let gone = eventually(|| async {
        world.platforms().get_opt("todo").await.expect("an answer").is_none().then_some(())
    });
    assert!(gone.await.is_some());
}
