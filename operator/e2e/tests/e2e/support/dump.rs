//! What to read when a story failed.

use anyhow::Result;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::ResourceExt as _;
use kube::api::{ListParams, LogParams};
use serde_json::json;
use todo_operator_api::v1alpha1::TodoPlatform;

use super::story::Story;

/// Prints conditions, events and pod states of the story's namespace. Errors are printed, too: the story has failed
/// already.
pub async fn dump(story: &Story) {
    println!("---- namespace {}", story.namespace);
    for (part, outcome) in [
        ("conditions", conditions(story).await),
        ("events", events(story).await),
        ("pods", pods(story).await),
    ] {
        if let Err(error) = outcome {
            println!("failed to list {part}: {error:#}");
        }
    }
    println!("----");
}

async fn conditions(story: &Story) -> Result<()> {
    for platform in story.api::<TodoPlatform>().list(&ListParams::default()).await? {
        println!("TodoPlatform {} generation {:?}", platform.name_any(), platform.metadata.generation);
        for c in platform.status.iter().flat_map(|status| &status.conditions) {
            println!("  {:<20} {:<8} {:<24} {}", c.type_, c.status, c.reason, c.message);
        }
    }
    Ok(())
}

async fn events(story: &Story) -> Result<()> {
    for event in story.api::<Event>().list(&ListParams::default()).await? {
        println!(
            "  {:<8} {:<24} {}/{}: {}",
            event.type_.unwrap_or_default(),
            event.reason.unwrap_or_default(),
            event.involved_object.kind.unwrap_or_default(),
            event.involved_object.name.unwrap_or_default(),
            event.message.unwrap_or_default()
        );
    }
    Ok(())
}

async fn pods(story: &Story) -> Result<()> {
    for pod in story.api::<Pod>().list(&ListParams::default()).await? {
        let status = pod.status.clone().unwrap_or_default();
        println!("  Pod {} {}", pod.name_any(), status.phase.as_deref().unwrap_or("Unknown"));
        for container in status.container_statuses.iter().flatten() {
            println!(
                "    {} restarts {} {}",
                container.name,
                container.restart_count,
                json!(container.state)
            );
            if !container.ready {
                tail(story, &pod.name_any(), container).await;
            }
        }
    }
    Ok(())
}

async fn tail(story: &Story, pod: &str, container: &ContainerStatus) {
    let params = LogParams {
        container: Some(container.name.clone()),
        tail_lines: Some(20),
        previous: container.restart_count > 0
            && container.state.as_ref().is_some_and(|s| s.running.is_none()),
        ..LogParams::default()
    };
    match story.api::<Pod>().logs(pod, &params).await {
        Ok(log) => log.lines().for_each(|line| println!("      | {line}")),
        Err(error) => println!("      | failed to read the log: {error}"),
    }
}
