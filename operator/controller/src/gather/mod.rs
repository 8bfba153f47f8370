//! The only reads before planning.

mod pods;
mod secrets;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::bundle::Kind;
use todo_operator_core::gathered::{ClaimFacts, Gathered, Rival};
use todo_operator_core::identity::{Identity, PLATFORM_LABEL};
use todo_operator_core::plan::topic_prefix;

use crate::cache::Caches;
use crate::errors::ApiError;
use crate::guard::decode;
use crate::ownership::obstacle;
use crate::visit::Visit;

/// All facts of one visit.
pub(crate) async fn gather(visit: &Visit<'_>) -> Result<Gathered, ApiError> {
    let own = own_pods(visit);
    Ok(Gathered {
        secrets: secrets::facts(visit).await?,
        job_logs: pods::job_logs(visit, &own).await,
        pods: own.iter().map(|pod| pods::facts(pod)).collect(),
        topics: visit.memory.lock().topics.clone(),
        claims: claims(visit),
        rivals: rivals(&visit.ctx.caches, visit.platform),
    })
}

/// Pods with the platform's label.
pub(crate) fn own_pods(visit: &Visit<'_>) -> Vec<Arc<Pod>> {
    let own = |pod: &Arc<Pod>| label(pod, PLATFORM_LABEL) == Some(visit.name());
    visit.ctx.caches.pods.within(visit.namespace()).into_iter().filter(own).collect()
}

/// A label of a pod.
pub(crate) fn label<'a>(pod: &'a Pod, key: &str) -> Option<&'a str> {
    pod.metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str)
}

/// Claims for volumes that the platform owns or may adopt.
fn claims(visit: &Visit<'_>) -> BTreeMap<String, ClaimFacts> {
    let claims = visit.ctx.caches.children_within(Kind::PersistentVolumeClaim, visit.namespace());
    let own = claims.iter().filter(|claim| {
        claim["metadata"]["labels"][PLATFORM_LABEL] == visit.name()
            && claim["metadata"]["deletionTimestamp"].is_null()
            && obstacle("", claim, visit.platform).is_none()
    });
    let text = |value: &Value| value.as_str().map(str::to_owned);
    own.filter_map(|claim| {
        let size = text(&claim["spec"]["resources"]["requests"]["storage"])?;
        let class_name = text(&claim["spec"]["storageClassName"]);
        Some((text(&claim["metadata"]["name"])?, ClaimFacts { size, class_name }))
    })
    .collect()
}

/// Other platforms with an external broker, in the order of namespace and name.
pub(crate) fn rivals(caches: &Caches, platform: &TodoPlatform) -> Vec<Rival> {
    let seniority = |platform: &TodoPlatform| {
        let meta = &platform.metadata;
        (meta.creation_timestamp.as_ref().map(|time| time.0), meta.namespace.clone(), meta.name.clone())
    };
    let others = caches.platforms.all().into_iter().map(|object| decode(&object));
    others
        .filter(|(other, decoded)| decoded.is_ok() && other.metadata.uid != platform.metadata.uid)
        .filter_map(|(other, _)| {
            let broker = other.spec.messaging.as_ref().and_then(|messaging| messaging.broker.as_ref())?;
            let external = broker.external.as_ref()?;
            let identity = Identity::of(&other, String::new());
            Some(Rival {
                platform: format!("{}/{}", identity.namespace, identity.name),
                bootstrap_servers: external.bootstrap_servers.clone(),
                topic_prefix: topic_prefix(&other.spec, &identity),
                older: seniority(&other) < seniority(platform),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kube::core::DynamicObject;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::*;

    fn platform(name: &str, created: &str, broker: &Value) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform",
            "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": created},
            "spec": {"messaging": {"broker": broker}},
        }))
        .expect("an object")
    }

    #[test]
    fn the_older_of_two_platforms_on_one_broker_is_the_rival_of_the_younger() {
        let external = json!({"external": {"bootstrapServers": ["kafka:9092"]}});
        let caches = Caches::default();
        let mut feed = caches.feed(None);
        let old = platform("old", "2026-01-01T00:00:00Z", &external);
        let young = platform("young", "2026-01-02T00:00:00Z", &external);
        let alone = platform("alone", "2026-01-01T00:00:00Z", &json!({"embedded": {}}));
        for object in [&old, &young, &alone] {
            feed.take(&caches.platforms, &Event::Apply(object.clone()), |object: &DynamicObject| {
                object.clone()
            });
        }
        let seen = rivals(&caches, &decode(&young).0);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].older);
        assert_eq!(seen[0].topic_prefix, "default.old.");
        assert!(!rivals(&caches, &decode(&old).0)[0].older);
    }
}
