//! With nothing changing, nothing is written.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::audit_log::AuditLog;
use crate::support::operator::Operator;
use crate::support::platform::BRING_UP;
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;

/// How long nothing may be written.
const QUIET: std::time::Duration = seconds(120);

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn an_idle_operator_writes_nothing_but_its_lease() -> Result<()> {
    Story::run("idle", async |story| {
        let user = Operator::find(&story.client).await?.user().await?;
        let bring_up = AuditLog::from_now()?;
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        story.note(&format!("{} writes for a new platform", bring_up.writes_of(&user)?.len()));
        settled(story, &user).await?;

        // Two minutes are what is measured here; a write ends them early.
        let log = AuditLog::from_now()?;
        let start = Instant::now();
        eventually("two minutes have passed", seconds(150), async || {
            let writes = log.writes_of(&user)?;
            ensure!(writes.is_empty() && start.elapsed() >= QUIET, "written: {writes:?}");
            Ok(())
        })
        .await?;
        story.note(&format!("0 writes and {} calls in {} s", log.count_of(&user)?, QUIET.as_secs()));
        Ok(())
    })
    .await
}

/// Awaits five seconds without a write: the last status of the bring-up has been sent.
async fn settled(story: &Story, user: &str) -> Result<()> {
    let mut quiet_since = (AuditLog::from_now()?, Instant::now());
    eventually("the operator has settled", seconds(60), async || {
        let writes = quiet_since.0.writes_of(user)?;
        if !writes.is_empty() {
            story.note(&format!("still settling: {writes:?}"));
            quiet_since = (AuditLog::from_now()?, Instant::now());
        }
        ensure!(quiet_since.1.elapsed() >= seconds(5), "it still writes: {writes:?}");
        Ok(())
    })
    .await
}
