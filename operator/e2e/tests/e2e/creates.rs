//! A platform comes up and does its work.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::{TodoPlatform, TodoPlatformStatus};

use crate::support::platform::{BRING_UP, NAME};
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;
use crate::support::todo::User;

const SAMPLES: usize = 200;

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_local_platform_serves_tasks_whose_audit_rows_travel_through_kafka() -> Result<()> {
    Story::run("creates", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        first_child(story).await?;
        let platform = story.ready(BRING_UP).await?;
        story.note("Ready");
        status_tells_what_is_there(story, &platform)?;
        table_tells_the_story(story).await?;
        a_task_reaches_the_audit_log(story).await
    })
    .await
}

async fn first_child(story: &Story) -> Result<()> {
    let start = Instant::now();
    eventually("a child exists", seconds(10), async || {
        ensure!(!story.labelled().await?.is_empty(), "nothing carries the platform's label");
        Ok(())
    })
    .await?;
    story.note(&format!("first child after {} ms", start.elapsed().as_millis()));
    Ok(())
}

fn status_tells_what_is_there(story: &Story, platform: &TodoPlatform) -> Result<()> {
    let status = platform.status.as_ref().context("no status")?;
    ensure!(status.observed_generation == platform.metadata.generation, "it speaks of an older generation");
    let url = format!("http://todo-api.{}.svc:8080", story.namespace);
    ensure!(status.url.as_deref() == Some(&url), "url is {:?}, expected {url}", status.url);
    ensure!(status.version.is_some(), "there is no version");
    let effective = status.effective.as_ref().context("no effective")?;
    let words = (effective.profile.as_str(), effective.database.as_str(), effective.broker.as_str());
    ensure!(words == ("local", "embedded", "embedded"), "effective is {words:?}");
    ensure!(status.time_to_ready_seconds.is_some(), "there is no timeToReadySeconds");
    ensure!(status.progressing_since.is_none(), "it still progresses");
    status_lists_everything(story, status)
}

fn status_lists_everything(story: &Story, status: &TodoPlatformStatus) -> Result<()> {
    for workload in ["api", "audit", "database", "broker"] {
        ensure!(
            status.workloads.iter().any(|w| w.name == workload),
            "no workload {workload}: {:?}",
            status.workloads
        );
    }
    for topic in ["task-events", "task-updates", "reminders", "task-events.audit.dlq"] {
        let name = format!("{}.{NAME}.{topic}", story.namespace);
        ensure!(
            status.topics.iter().any(|t| t.name == name && t.partitions > 0),
            "no {name}: {:?}",
            status.topics
        );
    }
    for (kind, name) in [("Deployment", "todo-api"), ("StatefulSet", "todo-broker"), ("Secret", "todo-auth")]
    {
        let listed = status.inventory.iter().any(|o| o.kind == kind && o.name == name && !o.uid.is_empty());
        ensure!(listed, "no {kind}/{name} in the inventory: {:?}", status.inventory);
    }
    Ok(())
}

/// What `kubectl get tp` and `kubectl get tp -o wide` print.
async fn table_tells_the_story(story: &Story) -> Result<()> {
    let path = format!("/apis/todoplatform.dev/v1alpha1/namespaces/{}/todoplatforms", story.namespace);
    let request = http::Request::get(path).header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    let table: Value = story.client.request(request.body(Vec::new())?).await?;
    let columns: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str())
        .collect();
    let expected =
        ["Name", "Ready", "Reason", "URL", "Version", "Age", "Profile", "Available", "Paused", "Message"];
    ensure!(columns == expected, "columns are {columns:?}");
    let cells = &table["rows"][0]["cells"];
    ensure!(cells[1] == "True" && cells[2] == "PlatformReady" && cells[7] == "True", "the row is {cells}");
    story.note(&format!("kubectl get tp -o wide: {cells}"));
    Ok(())
}

async fn a_task_reaches_the_audit_log(story: &Story) -> Result<()> {
    let user = story.sign_up("creates@example.com").await?;
    let task = user.create_task("Water the plants").await?;
    let travelled = user.audit_row(&task).await?;
    story.note(&format!("audit row after {} ms", travelled.as_millis()));
    ensure!(user.titles().await? == ["Water the plants"], "the list does not show the task");
    let mut samples = latencies(&user).await?;
    samples.sort_unstable();
    let at = |percent: usize| samples[(SAMPLES * percent / 100).min(SAMPLES - 1)].as_secs_f64() * 1000.0;
    story.note(&format!("{SAMPLES} creates through the Service: p50 {:.1} ms, p95 {:.1} ms", at(50), at(95)));
    Ok(())
}

async fn latencies(user: &User) -> Result<Vec<Duration>> {
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 0..SAMPLES {
        let start = Instant::now();
        user.create_task(&format!("Task {number}")).await?;
        samples.push(start.elapsed());
    }
    Ok(samples)
}
