//! Letting go.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams};
use serde_json::{Value, json};
use todo_operator_controller::reconcile;
use todo_operator_core::bundle::Kind;

use crate::world::{World, eventually};

const FINALIZER: &str = "todoplatform.dev/cleanup";

fn on_external_broker(topics: &str) -> Value {
    let external = json!({"bootstrapServers": ["kafka.example.com:9092"]});
    json!({"profile": "local", "messaging": {"broker": {"external": external}}, "deletionPolicy": {"topics": topics}})
}

async fn await_finalizer(world: &World, wanted: bool) {
    let seen = eventually(|| async {
        let platform = world.platform().await;
        let has = platform.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER);
        (has == wanted).then_some(())
    });
    assert!(seen.await.is_some(), "the finalizer should be there: {wanted}");
}

async fn await_gone(world: &World) {
    let gone = eventually(|| async {
        world.platforms().get_opt("todo").await.expect("an answer").is_none().then_some(())
    });
    assert!(gone.await.is_some(), "{:#?}", world.platform().await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn topics_are_deleted_with_the_platform_only_when_the_policy_says_so() {
    let world = World::ready(on_external_broker("Delete")).await;
    await_finalizer(&world, true).await;
    world.change(json!({"spec": {"deletionPolicy": {"topics": "Retain"}}})).await;
    await_finalizer(&world, false).await;
    world.change(json!({"spec": {"deletionPolicy": {"topics": "Delete"}}})).await;
    await_finalizer(&world, true).await;
    assert!(!world.broker.names().is_empty());
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    await_gone(&world).await;
    assert!(world.broker.names().is_empty());
    assert!(world.get(Kind::Deployment, "todo-api").await.is_none(), "workloads end before their topics");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_lost_broker_holds_the_platform_until_it_is_forced() {
    let world = World::ready(on_external_broker("Delete")).await;
    await_finalizer(&world, true).await;
    world.broker.unreachable.store(true, Ordering::SeqCst);
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    let message = world.await_reason("Ready", "Deleting").await;
    assert!(message.contains("connection refused"), "{message}");
    world.change(json!({"metadata": {"annotations": {"todoplatform.dev/force-delete": "true"}}})).await;
    await_gone(&world).await;
    assert!(!world.broker.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_platform_that_retains_its_topics_goes_at_once() {
    let world = World::ready(json!({"profile": "local"})).await;
    await_finalizer(&world, false).await;
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    await_gone(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn after_five_minutes_the_platform_goes_and_an_event_names_what_is_left() {
    let world = World::ready(on_external_broker("Delete")).await;
    await_finalizer(&world, true).await;
    world.broker.unreachable.store(true, Ordering::SeqCst);
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    world.await_reason("Ready", "Deleting").await;
    let mut object = world.dynamic().await;
    object.metadata.deletion_timestamp = Some(Time(Timestamp::now() - SignedDuration::from_mins(6)));
    reconcile(Arc::new(object), Arc::clone(&world.ctx)).await.expect("a visit");
    await_gone(&world).await;
    let events: Api<Event> = Api::namespaced(world.client.clone(), &world.namespace);
    let all = events.list(&ListParams::default()).await.expect("a list");
    let note =
        all.into_iter().find(|event| event.action.as_deref() == Some("CleanUp")).and_then(|event| event.note);
    let note = note.expect("an Event");
    assert!(world.broker.names().iter().all(|topic| note.contains(topic)), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn topics_are_deleted_with_a_platform_that_cannot_be_planned_any_more() {
    let world = World::ready(on_external_broker("Delete")).await;
    await_finalizer(&world, true).await;
    assert!(world.broker.names().iter().any(|name| name.ends_with(".audit.dlq")));
    world.change(json!({"spec": {"consumers": {"audit": {"enabled": false}}}})).await;
    let stopped =
        eventually(|| async { world.get(Kind::Deployment, "todo-audit").await.is_none().then_some(()) });
    assert!(stopped.await.is_some());
    let resources = json!({"requests": {"memory": "1Gi"}, "limits": {"memory": "1Mi"}});
    let url = json!({"urlSecretRef": {"name": "gone", "key": "URL"}});
    world.change(json!({"spec": {"api": {"resources": resources}, "database": {"external": url}}})).await;
    world.await_reason("ConfigurationValid", "InvalidConfiguration").await;
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    await_gone(&world).await;
    assert!(world.broker.names().is_empty(), "{:?}", world.broker.names());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn topics_of_an_older_platform_survive_the_deletion_of_a_rival() {
    let shared = |delete: bool| {
        let mut spec = on_external_broker(if delete { "Delete" } else { "Retain" });
        spec["messaging"]["topics"] = json!({"topicPrefix": "shared."});
        spec
    };
    let world = World::ready(shared(false)).await;
    let (topics, mut rival) = (world.broker.names(), world.platform().await);
    rival.metadata = kube::core::ObjectMeta { name: Some("younger".into()), ..Default::default() };
    rival.spec = serde_json::from_value(shared(true)).expect("a spec");
    rival.status = None;
    // Creation times have whole seconds; of two platforms of the same one, the name decides.
    world.platforms().create(&PostParams::default(), &rival).await.expect("a rival");
    let refused = eventually(|| async {
        let status = world.platforms().get("younger").await.expect("the rival").status?;
        status.conditions.into_iter().find(|condition| condition.reason == "TopicRejected")
    });
    assert!(refused.await.is_some(), "it takes the topics over");
    world.platforms().delete("younger", &DeleteParams::default()).await.expect("a deletion");
    let gone = eventually(|| async {
        world.platforms().get_opt("younger").await.expect("an answer").is_none().then_some(())
    });
    assert!(gone.await.is_some());
    assert_eq!(world.broker.names(), topics);
}
