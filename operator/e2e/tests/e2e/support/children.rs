//! The objects that a platform consists of, without knowledge of their types.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, anyhow, ensure};
use kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use serde_json::Value;
use todo_operator_api::v1alpha1::ObjectReference;

use super::platform::NAME;
use super::poll::{eventually, seconds};
use super::story::Story;

/// Kinds that a platform may leave behind, and their pods.
const KINDS: [(&str, &str); 9] = [
    ("", "ServiceAccount"),
    ("", "Secret"),
    ("", "Service"),
    ("", "PersistentVolumeClaim"),
    ("", "Pod"),
    ("apps", "StatefulSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
];

/// `Kind/name`.
pub fn label(child: &ObjectReference) -> String {
    format!("{}/{}", child.kind, child.name)
}

impl Story {
    /// Objects of a group and kind (version `v1`) in the story's namespace.
    pub fn objects(&self, group: &str, kind: &str) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// The children that the status lists.
    pub async fn inventory(&self) -> Result<Vec<ObjectReference>> {
        Ok(self.status().await?.inventory)
    }

    /// The live form of a child.
    pub async fn child(&self, group: &str, kind: &str, name: &str) -> Result<DynamicObject> {
        let found = self.objects(group, kind).get(name).await;
        found.with_context(|| format!("failed to get {kind}/{name}"))
    }

    /// Merges a change into a child, as a person with kubectl would.
    pub async fn patch_child(&self, group: &str, kind: &str, name: &str, change: Value) -> Result<()> {
        let params = PatchParams { field_manager: Some("kubectl-edit".to_owned()), ..PatchParams::default() };
        let patched = self.objects(group, kind).patch(name, &params, &Patch::Merge(change)).await;
        patched.with_context(|| format!("failed to patch {kind}/{name}")).map(drop)
    }

    /// Awaits that a child exists under another uid than `before`.
    pub async fn replaced(&self, before: &ObjectReference) -> Result<()> {
        let what = format!("{} is back", label(before));
        eventually(&what, seconds(60), async || {
            let now = self.child(&before.group, &before.kind, &before.name).await?;
            ensure!(now.metadata.uid.as_deref() != Some(&before.uid), "the old one is still there");
            ensure!(now.metadata.deletion_timestamp.is_none(), "the new one is being deleted");
            Ok(())
        })
        .await
    }

    /// Awaits that a child does not exist.
    pub async fn absent(&self, group: &str, kind: &str, name: &str) -> Result<()> {
        eventually(&format!("{kind}/{name} is gone"), seconds(60), async || {
            match self.objects(group, kind).get_opt(name).await? {
                None => Ok(()),
                Some(_) => Err(anyhow!("it is still there")),
            }
        })
        .await
    }

    /// `Kind/name` of everything that carries the platform's label.
    pub async fn labelled(&self) -> Result<BTreeSet<String>> {
        let selector = ListParams::default().labels(&format!("todoplatform.dev/platform={NAME}"));
        let mut found = BTreeSet::new();
        for (group, kind) in KINDS {
            let list = self.objects(group, kind).list(&selector).await?;
            found.extend(
                list.items.into_iter().filter_map(|item| Some(format!("{kind}/{}", item.metadata.name?))),
            );
        }
        Ok(found)
    }
}
