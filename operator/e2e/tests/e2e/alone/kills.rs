//! The operator is killed in the middle of a bring-up, three times.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::children::label;
use crate::support::operator::Operator;
use crate::support::platform::BRING_UP;
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn three_kills_during_the_bring_up_end_in_the_same_state() -> Result<()> {
    let mut unkilled = BTreeSet::new();
    Story::run("kills-none", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        unkilled = end_state(story).await?;
        Ok(())
    })
    .await?;
    Story::run("kills-three", async |story| {
        let operator = Operator::find(&story.client).await?;
        story.create_platform(json!({ "profile": "local" })).await?;
        for milestone in ["Secret/todo-auth", "StatefulSet/todo-database", "Job/todo-migrate"] {
            reached(story, milestone).await?;
            operator.kill().await?;
            story.note(&format!("killed after {milestone}"));
        }
        story.ready(BRING_UP).await?;
        let killed = end_state(story).await?;
        ensure!(killed == unkilled, "the end state is {killed:?}, without kills it is {unkilled:?}");
        let user = story.sign_up("kills@example.com").await?;
        let task = user.create_task("Survived").await?;
        user.audit_row(&task).await.map(drop)
    })
    .await
}

/// Awaits an object of the bring-up, named by `Kind/` and the start of its name.
async fn reached(story: &Story, milestone: &str) -> Result<()> {
    eventually(milestone, seconds(120), async || {
        let labelled = story.labelled().await?;
        ensure!(labelled.iter().any(|name| name.starts_with(milestone)), "there are {labelled:?}");
        Ok(())
    })
    .await
}

/// `Kind/name` of the inventory and of all objects that carry the platform's label, but pods and ReplicaSets, whose
/// names are random.
async fn end_state(story: &Story) -> Result<BTreeSet<String>> {
    let mut state = story.labelled().await?;
    state.retain(|name| !name.starts_with("Pod/") && !name.starts_with("ReplicaSet/"));
    state.extend(story.inventory().await?.iter().map(label));
    Ok(state)
}
