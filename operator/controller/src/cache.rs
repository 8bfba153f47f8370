//! What the watches have seen, without what nobody reads.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::core::DynamicObject;
use kube::runtime::watcher::Event;
use serde_json::Value;
use todo_operator_core::bundle::Kind;
use tokio::sync::watch;

/// Namespace and name.
pub type Key = (String, String);

/// Objects of one kind, fed by one watch per namespace.
#[derive(Debug)]
pub struct Cache<T> {
    objects: RwLock<BTreeMap<Key, Arc<T>>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { objects: RwLock::default() }
    }
}

impl<T> Cache<T> {
    /// An object, if a watch has seen it.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<T>> {
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        objects.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    /// All objects of one namespace.
    pub fn within(&self, namespace: &str) -> Vec<Arc<T>> {
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let from = (namespace.to_owned(), String::new());
        let own = objects.range(from..).take_while(|((at, _), _)| at == namespace);
        own.map(|(_, object)| Arc::clone(object)).collect()
    }

    /// All objects.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.objects.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn insert(&self, key: Key, object: T) {
        self.objects.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(object));
    }

    fn remove(&self, key: &Key) {
        self.objects.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Replaces the objects of a namespace, or of all.
    fn replace(&self, namespace: Option<&str>, fresh: BTreeMap<Key, Arc<T>>) {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        objects.retain(|(at, _), _| namespace.is_some_and(|namespace| namespace != at));
        objects.extend(fresh);
    }
}

/// One watch that feeds a cache.
#[derive(Debug)]
pub struct Feed<T> {
    namespace: Option<String>,
    listed: BTreeMap<Key, Arc<T>>,
    outstanding: Option<Arc<watch::Sender<usize>>>,
}

impl<T> Feed<T> {
    /// Takes an event of the watch over; `keep` turns an object into what is kept of it.
    pub fn take<K: ResourceExt>(&mut self, cache: &Cache<T>, event: &Event<K>, keep: impl Fn(&K) -> T) {
        let key = |object: &K| (object.namespace().unwrap_or_default(), object.name_any());
        match event {
            Event::Apply(object) => cache.insert(key(object), keep(object)),
            Event::Delete(object) => cache.remove(&key(object)),
            Event::Init => self.listed.clear(),
            Event::InitApply(object) => {
                self.listed.insert(key(object), Arc::new(keep(object)));
            }
            Event::InitDone => {
                cache.replace(self.namespace.as_deref(), std::mem::take(&mut self.listed));
                if let Some(outstanding) = self.outstanding.take() {
                    outstanding.send_modify(|count| *count = count.saturating_sub(1));
                }
            }
        }
    }
}

/// All caches.
#[derive(Debug)]
pub struct Caches {
    /// Children by kind, as JSON without managed fields. Of Secrets the metadata alone.
    pub children: BTreeMap<Kind, Cache<Value>>,
    /// Pods with the label of a platform; without spec.
    pub pods: Cache<Pod>,
    /// Platforms as they are, decodable or not.
    pub platforms: Cache<DynamicObject>,
    outstanding: Arc<watch::Sender<usize>>,
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            children: Kind::ALL.into_iter().map(|kind| (kind, Cache::default())).collect(),
            pods: Cache::default(),
            platforms: Cache::default(),
            outstanding: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Caches {
    /// A child, if a watch has seen it.
    #[must_use]
    pub fn child(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.children.get(&kind).and_then(|cache| cache.get(namespace, name))
    }

    /// Children of a kind in a namespace.
    #[must_use]
    pub fn children_within(&self, kind: Kind, namespace: &str) -> Vec<Arc<Value>> {
        self.children.get(&kind).map(|cache| cache.within(namespace)).unwrap_or_default()
    }

    /// A feed that the caches count as outstanding until its first list is complete.
    #[must_use]
    pub fn feed<T>(&self, namespace: Option<&str>) -> Feed<T> {
        self.outstanding.send_modify(|count| *count += 1);
        Feed {
            namespace: namespace.map(str::to_owned),
            listed: BTreeMap::new(),
            outstanding: Some(Arc::clone(&self.outstanding)),
        }
    }

    /// Whether every feed has listed once.
    #[must_use]
    pub fn synced(&self) -> bool {
        *self.outstanding.borrow() == 0
    }

    /// Waits until every feed has listed once.
    pub async fn wait_until_synced(&self) {
        let mut changes = self.outstanding.subscribe();
        // The sender lives as long as `self`: the wait cannot fail.
        let _ = changes.wait_for(|count| *count == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(namespace: &str, name: &str) -> Pod {
        let mut pod = Pod::default();
        pod.metadata.namespace = Some(namespace.into());
        pod.metadata.name = Some(name.into());
        pod
    }

    #[test]
    fn a_new_list_replaces_the_objects_of_its_namespace_alone() {
        let caches = Caches::default();
        let (mut a, mut b) = (caches.feed(Some("a")), caches.feed(Some("b")));
        let keep = |pod: &Pod| pod.clone();
        a.take(&caches.pods, &Event::Apply(pod("a", "old")), keep);
        b.take(&caches.pods, &Event::Apply(pod("b", "other")), keep);
        a.take(&caches.pods, &Event::Init, keep);
        a.take(&caches.pods, &Event::InitApply(pod("a", "new")), keep);
        assert!(!caches.synced(), "nothing was listed completely");
        a.take(&caches.pods, &Event::<Pod>::InitDone, keep);
        b.take(&caches.pods, &Event::<Pod>::InitDone, keep);
        assert!(caches.synced());
        assert!(caches.pods.get("a", "old").is_none());
        assert_eq!(caches.pods.within("a").len(), 1);
    }

    #[test]
    fn objects_of_a_namespace_whose_name_is_a_prefix_of_another_are_told_apart() {
        let caches = Caches::default();
        let mut feed = caches.feed(None);
        for namespace in ["a", "ab", "b"] {
            feed.take(&caches.pods, &Event::Apply(pod(namespace, "x")), |pod: &Pod| pod.clone());
        }
        assert_eq!(caches.pods.within("a").len(), 1);
        assert_eq!(caches.pods.all().len(), 3);
    }
}
