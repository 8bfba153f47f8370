//! What leaves the spec leaves the cluster; what cannot be made again stays.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::platform::BRING_UP;
use crate::support::story::Story;

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_disabled_consumer_is_removed_and_nothing_else() -> Result<()> {
    Story::run("prunes", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        let before = uids(story).await?;
        ensure!(before.contains_key("Deployment/todo-audit"), "there is no audit consumer: {before:?}");

        story.patch_platform(json!({ "spec": { "consumers": { "audit": { "enabled": false } } } })).await?;
        story.absent("apps", "Deployment", "todo-audit").await?;
        story.absent("", "ServiceAccount", "todo-audit").await?;
        story.absent("", "Service", "todo-audit").await?;
        story.ready(BRING_UP).await?;
        story.note("the audit consumer is gone");
        let mut expected = before.clone();
        expected.retain(|name, _| !name.ends_with("/todo-audit"));
        let left = uids(story).await?;
        ensure!(left == expected, "left is {left:?}, expected {expected:?}");
        let user = story.sign_up("prunes@example.com").await?;
        let task = user.create_task("Written without a consumer").await?;

        story.patch_platform(json!({ "spec": { "consumers": { "audit": { "enabled": true } } } })).await?;
        story.ready(BRING_UP).await?;
        user.audit_row(&task).await?;
        story.note("the consumer is back and has caught up");
        Ok(())
    })
    .await
}

/// The uid of each child by `Kind/name`.
async fn uids(story: &Story) -> Result<BTreeMap<String, String>> {
    let children = story.inventory().await?;
    Ok(children.into_iter().map(|child| (format!("{}/{}", child.kind, child.name), child.uid)).collect())
}
