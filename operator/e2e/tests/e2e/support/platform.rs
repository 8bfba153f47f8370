//! Making platforms and reading what they report.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::{ConditionType, Reason, TodoPlatform, TodoPlatformStatus};

use super::poll::{eventually, seconds};
use super::story::Story;

/// Name of the platform in every story.
pub const NAME: &str = "todo";
/// Time for a complete bring-up, on a machine that does other things too.
pub const BRING_UP: Duration = seconds(240);
/// Time within which an error has to stand in the status.
pub const EXPLAINED: Duration = seconds(30);

/// The platform's condition of a type.
pub fn condition(platform: &TodoPlatform, kind: ConditionType) -> Option<&Condition> {
    platform.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind.as_str())
}

impl Story {
    /// Creates the platform `todo` with a spec.
    pub async fn create_platform(&self, spec: Value) -> Result<TodoPlatform> {
        let platform = serde_json::from_value(json!({
            "apiVersion": "todoplatform.dev/v1alpha1",
            "kind": "TodoPlatform",
            "metadata": { "name": NAME },
            "spec": spec,
        }))?;
        Ok(self.api::<TodoPlatform>().create(&PostParams::default(), &platform).await?)
    }

    /// The platform as it is now.
    pub async fn platform(&self) -> Result<TodoPlatform> {
        Ok(self.api::<TodoPlatform>().get(NAME).await?)
    }

    /// The platform's status as it is now.
    pub async fn status(&self) -> Result<TodoPlatformStatus> {
        self.platform().await?.status.context("the platform has no status")
    }

    /// Merges a change into the platform, as `kubectl patch --type=merge` does.
    pub async fn patch_platform(&self, change: Value) -> Result<TodoPlatform> {
        let patched = self.api().patch(NAME, &PatchParams::default(), &Patch::Merge(change)).await;
        patched.context("failed to patch the platform")
    }

    /// Deletes the platform and awaits its end.
    pub async fn delete_platform(&self) -> Result<()> {
        self.api::<TodoPlatform>().delete(NAME, &DeleteParams::background()).await?;
        eventually("the platform is gone", seconds(60), async || {
            let left = self.api::<TodoPlatform>().get_opt(NAME).await?;
            ensure!(left.is_none(), "it has finalizers {:?}", left.and_then(|left| left.metadata.finalizers));
            Ok(())
        })
        .await
    }

    /// Awaits `Ready=True` for the present generation, with all pods up.
    pub async fn ready(&self, within: Duration) -> Result<TodoPlatform> {
        eventually("the platform is Ready", within, async || {
            let platform = self.platform().await?;
            let ready =
                condition(&platform, ConditionType::Ready).ok_or_else(|| anyhow!("there is no Ready"))?;
            ensure!(
                ready.status == "True",
                "Ready is {} ({}): {}",
                ready.status,
                ready.reason,
                ready.message
            );
            ensure!(
                ready.observed_generation == platform.metadata.generation,
                "Ready speaks of an older generation"
            );
            let workloads = &platform.status.as_ref().context("there is no status")?.workloads;
            ensure!(
                workloads.iter().all(|w| w.ready == w.desired && w.updated == w.desired),
                "pods: {workloads:?}"
            );
            Ok(platform)
        })
        .await
    }

    /// Awaits a condition with a reason and a message that holds each of `words`; returns the message.
    pub async fn explains(&self, kind: ConditionType, reason: Reason, words: &[&str]) -> Result<String> {
        let what = format!("{} has the reason {}", kind.as_str(), reason.as_str());
        eventually(&what, EXPLAINED, async || {
            let platform = self.platform().await?;
            let found = condition(&platform, kind).ok_or_else(|| anyhow!("there is no {}", kind.as_str()))?;
            let seen = format!("{} ({}): {}", found.status, found.reason, found.message);
            ensure!(
                found.observed_generation == platform.metadata.generation,
                "of an older generation: {seen}"
            );
            ensure!(found.reason == reason.as_str(), "{seen}");
            ensure!(found.status != "True", "{seen}");
            for word in words {
                ensure!(found.message.contains(word), "no {word:?} in the message: {seen}");
            }
            Ok(found.message.clone())
        })
        .await
    }
}
