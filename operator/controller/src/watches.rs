//! Watches feed the caches and say which platforms to visit.

use std::fmt::Debug;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::core::{DynamicObject, PartialObjectMeta, TypeMeta};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::runtime::{Predicate, PredicateConfig, WatchStreamExt, predicates, reflector};
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use todo_operator_core::bundle::Kind;
use todo_operator_core::identity::{MANAGED_BY_LABEL, MANAGER, PLATFORM_LABEL};

use crate::context::Context;
use crate::kinds;
use crate::objects::{of_metadata, plain};

/// A platform to visit.
pub(crate) type Trigger = ObjectRef<DynamicObject>;

/// How long the seen form of a platform is remembered, to tell a changed spec from a status of our own.
const SEEN: Duration = Duration::from_hours(1);

/// Platforms to visit, by every change of a platform or of something that belongs to one. Polling the stream keeps
/// the caches and the writer's store up to date.
pub(crate) fn triggers(
    ctx: &Arc<Context>,
    namespace: Option<&str>,
    store: Writer<DynamicObject>,
) -> SelectAll<BoxStream<'static, Trigger>> {
    let mut all = SelectAll::new();
    all.push(platforms(ctx, namespace, store).boxed());
    for kind in Kind::ALL {
        all.push(if kind == Kind::Secret { secrets(ctx, namespace) } else { children(ctx, namespace, kind) });
    }
    all.push(pods(ctx, namespace));
    all
}

/// Changes of platforms themselves; a status of our own is none.
fn platforms(
    ctx: &Arc<Context>,
    namespace: Option<&str>,
    store: Writer<DynamicObject>,
) -> impl Stream<Item = Trigger> + use<> {
    let resource = kinds::platform();
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(ctx.client.clone(), namespace, &resource),
        None => Api::all_with(ctx.client.clone(), &resource),
    };
    let mut feed = ctx.caches.feed(namespace);
    let ctx = Arc::clone(ctx);
    let events = watcher(api, Config::default())
        .modify(|object| object.metadata.managed_fields = None)
        .default_backoff()
        .inspect(move |event| {
            if let Ok(event) = event {
                feed.take(&ctx.caches.platforms, event, Clone::clone);
                if matches!(event, Event::InitDone | Event::Delete(_)) {
                    forget_gone(&ctx);
                }
            }
        });
    let changed = predicates::generation.combine(predicates::annotations).combine(predicates::finalizers);
    reflector(store, events)
        .touched_objects()
        .predicate_filter(changed, PredicateConfig::default().ttl(SEEN))
        .filter_map(|object| ready(logged("todoplatforms", object)))
        .map(move |object| ObjectRef::from_obj_with(&object, kinds::platform()))
}

fn forget_gone(ctx: &Context) {
    let uids = ctx.caches.platforms.all().into_iter().filter_map(|platform| platform.uid());
    ctx.forget_others(&uids.collect());
}

/// Children of a kind, by label.
fn children(ctx: &Arc<Context>, namespace: Option<&str>, kind: Kind) -> BoxStream<'static, Trigger> {
    let resource = kinds::resource(kind);
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(ctx.client.clone(), namespace, &resource),
        None => Api::all_with(ctx.client.clone(), &resource),
    };
    let types = TypeMeta { api_version: resource.api_version.clone(), kind: resource.kind.clone() };
    let mut feed = ctx.caches.feed(namespace);
    let cached = Arc::clone(ctx);
    watch(ctx, api, managed(), kind.plural(), move |event| {
        if let Some(cache) = cached.caches.children.get(&kind) {
            // Items of a list carry neither apiVersion nor kind.
            feed.take(cache, event, |object| {
                let mut object = object.clone();
                object.types.get_or_insert_with(|| types.clone());
                plain(&object)
            });
        }
    })
}

/// Generated Secrets, by label and without their content.
fn secrets(ctx: &Arc<Context>, namespace: Option<&str>) -> BoxStream<'static, Trigger> {
    let resource = kinds::resource(Kind::Secret);
    let api: Api<PartialObjectMeta<DynamicObject>> = match namespace {
        Some(namespace) => Api::namespaced_with(ctx.client.clone(), namespace, &resource),
        None => Api::all_with(ctx.client.clone(), &resource),
    };
    let mut feed = ctx.caches.feed(namespace);
    let cached = Arc::clone(ctx);
    watch(ctx, api, managed(), "secrets", move |event| {
        if let Some(cache) = cached.caches.children.get(&Kind::Secret) {
            feed.take(cache, event, of_metadata);
        }
    })
}

/// Pods with the label of a platform.
fn pods(ctx: &Arc<Context>, namespace: Option<&str>) -> BoxStream<'static, Trigger> {
    let api: Api<Pod> = match namespace {
        Some(namespace) => Api::namespaced(ctx.client.clone(), namespace),
        None => Api::all(ctx.client.clone()),
    };
    let mut feed = ctx.caches.feed(namespace);
    let cached = Arc::clone(ctx);
    watch(ctx, api, Config::default().labels(PLATFORM_LABEL), "pods", move |event| {
        feed.take(&cached.caches.pods, event, |pod: &Pod| {
            let mut pod = pod.clone();
            pod.metadata.managed_fields = None;
            pod.spec = None;
            pod
        });
    })
}

fn managed() -> Config {
    Config::default().labels(&format!("{MANAGED_BY_LABEL}={MANAGER}"))
}

/// Watches a kind of things that belong to platforms: `take` sees every event, and the platform of each thing is
/// visited. A new list may hide deletions, so that all platforms are visited after one.
fn watch<K>(
    ctx: &Arc<Context>,
    api: Api<K>,
    config: Config,
    what: &'static str,
    mut take: impl FnMut(&Event<K>) + Send + 'static,
) -> BoxStream<'static, Trigger>
where
    K: kube::Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let ctx = Arc::clone(ctx);
    watcher(api, config)
        .default_backoff()
        .flat_map(move |event| {
            let Some(event) = logged(what, event) else { return stream::iter(Vec::new()) };
            take(&event);
            stream::iter(match &event {
                Event::Apply(object) | Event::Delete(object) => platform_of(object).into_iter().collect(),
                Event::InitDone => {
                    let all = ctx.caches.platforms.all();
                    all.iter()
                        .map(|platform| ObjectRef::from_obj_with(&**platform, kinds::platform()))
                        .collect()
                }
                Event::Init | Event::InitApply(_) => Vec::new(),
            })
        })
        .boxed()
}

/// The platform of a thing: that of its label.
fn platform_of(object: &impl ResourceExt) -> Option<Trigger> {
    let name = object.labels().get(PLATFORM_LABEL)?;
    Some(ObjectRef::new_with(name, kinds::platform()).within(&object.namespace()?))
}

/// A watch that fails is tried again; what it missed comes with the next list.
fn logged<T>(what: &'static str, event: Result<T, kube::runtime::watcher::Error>) -> Option<T> {
    event.map_err(|error| tracing::warn!(what, %error, "the watch failed and starts again")).ok()
}
