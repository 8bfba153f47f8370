//! Reads and writes of single objects, with deadlines and counted.

use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::{DynamicObject, PartialObjectMeta};
use serde_json::Value;
use todo_operator_core::bundle::Kind;
use todo_operator_core::identity::MANAGER;

use crate::context::Written;
use crate::errors::{ApiError, request};
use crate::kinds;
use crate::visit::{Visit, version_of};

/// An object as messages name it.
pub(crate) fn named(kind: Kind, name: &str) -> String {
    format!("{} \"{name}\"", kind.as_str())
}

impl Visit<'_> {
    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.ctx.client.clone(), self.namespace(), &kinds::resource(kind))
    }

    /// The newest known form of an object: of the cache, of the answer to the last write if the cache lags behind
    /// it, or else of the API server. Of a Secret the metadata alone.
    pub(crate) async fn current(&self, kind: Kind, name: &str) -> Result<Option<Value>, ApiError> {
        if !self.afresh
            && let Some(cached) = self.cached(kind, name)
        {
            return Ok(Some(cached));
        }
        self.fetch(kind, name).await
    }

    /// The newest form of an object that is known without a request.
    pub(crate) fn cached(&self, kind: Kind, name: &str) -> Option<Value> {
        let cached = self.ctx.caches.child(kind, self.namespace(), name)?;
        let memory = self.memory.lock();
        let written = memory.writes.get(&(kind, name.to_owned()));
        let newer = written.filter(|written| {
            written.resource_version > version_of(&cached)
                && written.object["metadata"]["uid"] == cached["metadata"]["uid"]
        });
        Some(newer.map_or_else(|| Value::clone(&cached), |written| written.object.clone()))
    }

    async fn fetch(&self, kind: Kind, name: &str) -> Result<Option<Value>, ApiError> {
        let what = format!("get {}", named(kind, name));
        let api = self.api(kind);
        if kind == Kind::Secret {
            let found = request(what, api.get_metadata_opt(name)).await?;
            return Ok(found.map(|found| of_metadata(&found)));
        }
        Ok(request(what, api.get_opt(name)).await?.map(|found| plain(&found)))
    }

    /// Server-side apply, forced on the fields that the manifest names.
    pub(crate) async fn server_side_apply(
        &self,
        (kind, name): (Kind, &str),
        manifest: &Value,
        hash: &str,
    ) -> Result<Value, ApiError> {
        let parameters = PatchParams::apply(MANAGER).force();
        let what = format!("apply {}", named(kind, name));
        self.ctx.metrics.write(kind.as_str(), "apply");
        let answer = request(what, self.api(kind).patch(name, &parameters, &Patch::Apply(manifest))).await?;
        let object = plain(&answer);
        self.remember(kind, name, hash, object.clone());
        self.log_write(kind, name, "applied");
        Ok(object)
    }

    /// Creates an object; `None` if one of that name exists already.
    pub(crate) async fn create(&self, kind: Kind, manifest: &Value) -> Result<Option<Value>, ApiError> {
        let name = manifest["metadata"]["name"].as_str().unwrap_or_default();
        let parameters = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let what = format!("create {}", named(kind, name));
        let body: DynamicObject = serde_json::from_value(manifest.clone()).map_err(|source| {
            ApiError::Request { what: what.clone(), source: Box::new(kube::Error::SerdeError(source)) }
        })?;
        self.ctx.metrics.write(kind.as_str(), "create");
        match request(what, self.api(kind).create(&parameters, &body)).await {
            Ok(answer) => {
                let object = if kind == Kind::Secret { metadata_alone(&answer) } else { plain(&answer) };
                self.remember(kind, name, "", object.clone());
                self.log_write(kind, name, "created");
                Ok(Some(object))
            }
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A JSON merge patch of a child.
    pub(crate) async fn merge(&self, (kind, name): (Kind, &str), patch: &Value) -> Result<Value, ApiError> {
        let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let what = format!("patch {}", named(kind, name));
        self.ctx.metrics.write(kind.as_str(), "patch");
        let answer =
            request(what, self.api(kind).patch_metadata(name, &parameters, &Patch::Merge(patch))).await?;
        let object = of_metadata(&answer);
        self.remember(kind, name, "", object.clone());
        self.log_write(kind, name, "patched");
        Ok(object)
    }

    /// Deletes exactly the object that was seen; one that is gone is deleted already.
    pub(crate) async fn delete(&self, kind: Kind, object: &Value) -> Result<(), ApiError> {
        let text = |field: &str| object["metadata"][field].as_str().map(str::to_owned);
        let name = text("name").unwrap_or_default();
        let seen = Preconditions { uid: text("uid"), resource_version: text("resourceVersion") };
        let parameters = DeleteParams::background().preconditions(seen);
        let what = format!("delete {}", named(kind, &name));
        self.ctx.metrics.write(kind.as_str(), "delete");
        match request(what, self.api(kind).delete(&name, &parameters)).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => {
                self.log_write(kind, &name, "deleted");
                Ok(())
            }
        }
    }

    /// One line for every write that the API server took.
    fn log_write(&self, kind: Kind, name: &str, done: &str) {
        let (namespace, platform) = (self.namespace(), self.name());
        tracing::info!(namespace, platform, kind = kind.as_str(), name, "{done}");
    }

    fn remember(&self, kind: Kind, name: &str, hash: &str, object: Value) {
        let written = Written { resource_version: version_of(&object), hash: hash.to_owned(), object };
        self.memory.lock().writes.insert((kind, name.to_owned()), written);
    }
}

/// An object as JSON, without managed fields.
pub(crate) fn plain(object: &DynamicObject) -> Value {
    let mut object = object.clone();
    object.metadata.managed_fields = None;
    serde_json::to_value(object).unwrap_or_default()
}

/// Metadata as an object, without managed fields.
pub(crate) fn of_metadata(object: &PartialObjectMeta<DynamicObject>) -> Value {
    let mut metadata = object.metadata.clone();
    metadata.managed_fields = None;
    serde_json::json!({ "metadata": metadata })
}

/// The metadata of an object whose content is nobody's business.
fn metadata_alone(object: &DynamicObject) -> Value {
    let partial = PartialObjectMeta {
        types: None,
        metadata: object.metadata.clone(),
        _phantom: std::marker::PhantomData,
    };
    of_metadata(&partial)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use kube::Client;
    use kube::runtime::watcher::Event;
    use serde_json::json;
    use todo_operator_api::v1alpha1::{TodoPlatform, TodoPlatformSpec};
    use todo_operator_core::bundle::Topic;
    use todo_operator_core::settings::ImageCatalog;

    use super::*;
    use crate::broker::{Access, Broker, BrokerError};
    use crate::context::Context;
    use crate::metrics::Metrics;
    use crate::settings::{LeaseSettings, Settings};

    struct NoBroker;

    #[async_trait]
    impl Broker for NoBroker {
        async fn ensure(&self, _: &Access, _: &[Topic]) -> Result<Vec<(String, i32)>, BrokerError> {
            Ok(Vec::new())
        }

        async fn observe(
            &self,
            _: &Access,
            _: &[String],
        ) -> Result<std::collections::BTreeMap<String, i32>, BrokerError> {
            Ok(std::collections::BTreeMap::new())
        }

        async fn delete(&self, _: &Access, _: &[String]) -> Result<(), BrokerError> {
            Ok(())
        }
    }

    fn context() -> Arc<Context> {
        let (service, _server) =
            tower_test::mock::pair::<http::Request<kube::client::Body>, http::Response<kube::client::Body>>();
        let lease = LeaseSettings { name: "l".into(), namespace: "n".into(), identity: "i".into() };
        let settings = Settings {
            images: ImageCatalog::default(),
            watch_namespaces: Vec::new(),
            concurrency: 1,
            lease,
            admin_address: ([127, 0, 0, 1], 0).into(),
        };
        Context::new(Client::new(service, "default"), settings, Arc::new(NoBroker), Metrics::default())
    }

    fn seen(ctx: &Context, uid: &str, version: &str) {
        let service = json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "todo-api", "namespace": "default", "uid": uid, "resourceVersion": version}});
        let service: DynamicObject = serde_json::from_value(service).expect("an object");
        let mut feed = ctx.caches.feed(None);
        feed.take(&ctx.caches.children[&Kind::Service], &Event::Apply(service), plain);
    }

    #[tokio::test]
    async fn the_answer_to_a_write_wins_over_a_cache_that_lags_behind_it_and_over_no_other() {
        let ctx = context();
        let mut platform = TodoPlatform::new("todo", TodoPlatformSpec::default());
        platform.metadata.namespace = Some("default".into());
        let visit = Visit::new(&ctx, &platform);
        let answer = json!({"metadata": {"uid": "1", "resourceVersion": "20"}});
        visit.remember(Kind::Service, "todo-api", "hash", answer);
        let version = || visit.cached(Kind::Service, "todo-api").map(|object| version_of(&object));
        assert_eq!(version(), None, "nothing was seen: the API server has to be asked");
        seen(&ctx, "1", "10");
        assert_eq!(version(), Some(20), "the cache lags behind");
        seen(&ctx, "1", "30");
        assert_eq!(version(), Some(30), "somebody else wrote since");
        seen(&ctx, "2", "15");
        assert_eq!(version(), Some(15), "it is another object");
    }
}
