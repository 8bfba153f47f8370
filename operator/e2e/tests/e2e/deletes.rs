//! What is left of a deleted platform.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::platform::BRING_UP;
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;

/// What `Retain` keeps: volumes, the database's password and the keys. Without them the data is of no use.
const RETAINED: [&str; 5] = [
    "PersistentVolumeClaim/todo-broker-data",
    "PersistentVolumeClaim/todo-database-data",
    "Secret/todo-auth",
    "Secret/todo-database",
    "Secret/todo-hash",
];

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn retained_data_outlives_the_platform_and_is_adopted_by_the_next() -> Result<()> {
    Story::run("deletes-retain", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        let email = "deletes@example.com";
        story.sign_up(email).await?.create_task("Outlives its platform").await?;
        let before = retained_uids(story).await?;

        story.delete_platform().await?;
        left(story, &RETAINED).await?;
        story.note("only what Retain keeps is left");

        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        let after = retained_uids(story).await?;
        ensure!(after == before, "not adopted: {after:?}, were {before:?}");
        let titles = story.sign_in(email).await?.titles().await?;
        ensure!(titles == ["Outlives its platform"], "the tasks are {titles:?}");
        story.note("a platform of the same name serves the old data");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn nothing_is_left_with_the_policy_delete() -> Result<()> {
    Story::run("deletes-all", async |story| {
        let policy = json!({ "data": "Delete", "topics": "Delete" });
        story.create_platform(json!({ "profile": "local", "deletionPolicy": policy })).await?;
        story.ready(BRING_UP).await?;
        story.delete_platform().await?;
        left(story, &[]).await
    })
    .await
}

async fn left(story: &Story, expected: &[&str]) -> Result<()> {
    let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
    eventually("the garbage collector is done", seconds(90), async || {
        let left = story.labelled().await?;
        ensure!(left == expected, "left is {left:?}, expected {expected:?}");
        Ok(())
    })
    .await
}

async fn retained_uids(story: &Story) -> Result<BTreeMap<&'static str, Option<String>>> {
    let mut uids = BTreeMap::new();
    for path in RETAINED {
        let Some((kind, name)) = path.split_once('/') else { continue };
        uids.insert(path, story.child("", kind, name).await?.metadata.uid);
    }
    Ok(uids)
}
