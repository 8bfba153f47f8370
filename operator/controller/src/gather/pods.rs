//! What pods are waiting for, and what failed ones said last.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::Api;
use kube::api::LogParams;
use todo_operator_core::gathered::{PodFacts, PodTrouble, TroubleKind};
use todo_operator_core::identity::COMPONENT_LABEL;

use super::label;
use crate::errors::request;
use crate::visit::Visit;

/// Longest log tail, in bytes (the status as a whole stays below 32 KiB).
const TAIL_BYTES: usize = 1024;
/// Lines that are asked for.
const TAIL_LINES: i64 = 20;
/// Label that the Job controller sets on its pods.
const JOB_LABEL: &str = "batch.kubernetes.io/job-name";

const IMAGE_REASONS: [&str; 5] =
    ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];
const CONTAINER_REASONS: [&str; 5] = [
    "CreateContainerError",
    "CreateContainerConfigError",
    "CrashLoopBackOff",
    "RunContainerError",
    "StartError",
];

/// Facts of a pod.
pub(super) fn facts(pod: &Pod) -> PodFacts {
    PodFacts {
        component: label(pod, COMPONENT_LABEL).unwrap_or_default().to_owned(),
        name: pod.metadata.name.clone().unwrap_or_default(),
        trouble: trouble(pod),
    }
}

/// The first thing that keeps a pod from being ready. A pod that is being deleted or has succeeded has none.
fn trouble(pod: &Pod) -> Option<PodTrouble> {
    let status = pod.status.as_ref()?;
    if pod.metadata.deletion_timestamp.is_some() || status.phase.as_deref() == Some("Succeeded") {
        return None;
    }
    let init = status.init_container_statuses.iter().flatten();
    let containers = init.chain(status.container_statuses.iter().flatten());
    containers.filter(|container| !container.ready).find_map(of_container).or_else(|| {
        let mut conditions = status.conditions.iter().flatten();
        let unscheduled = conditions.find(|c| c.type_ == "PodScheduled" && c.status == "False")?;
        (unscheduled.reason.as_deref() == Some("Unschedulable")).then(|| PodTrouble {
            kind: TroubleKind::Unschedulable,
            message: unscheduled.message.clone().unwrap_or_else(|| "the pod cannot be scheduled".to_owned()),
        })
    })
}

fn of_container(container: &ContainerStatus) -> Option<PodTrouble> {
    let state = container.state.as_ref()?;
    if let Some(waiting) = &state.waiting {
        let reason = waiting.reason.as_deref().unwrap_or_default();
        let kind = if IMAGE_REASONS.contains(&reason) {
            Some(TroubleKind::ImagePull)
        } else {
            CONTAINER_REASONS.contains(&reason).then_some(TroubleKind::Container)
        };
        if let Some(kind) = kind {
            let words = waiting.message.as_deref().unwrap_or_default();
            let last = last_exit(container).map(|exit| format!("; {exit}")).unwrap_or_default();
            let message = format!("container \"{}\": {reason}: {words}{last}", container.name);
            return Some(PodTrouble { kind, message });
        }
    }
    let exit = last_exit(container)?;
    Some(PodTrouble {
        kind: TroubleKind::Container,
        message: format!("container \"{}\": {exit}", container.name),
    })
}

/// How the container ended last, if it was not with 0.
fn last_exit(container: &ContainerStatus) -> Option<String> {
    let ended =
        |state: &Option<k8s_openapi::api::core::v1::ContainerState>| state.as_ref()?.terminated.clone();
    let last = ended(&container.state).or_else(|| ended(&container.last_state))?;
    let reason = last.reason.unwrap_or_default();
    let words = last.message.map(|message| format!(": {}", tail(&message))).unwrap_or_default();
    (last.exit_code != 0).then(|| format!("exited with {} ({reason}){words}", last.exit_code))
}

/// Log tails of the newest failed pod of each Job. A log that cannot be read is left out: it is a courtesy.
pub(super) async fn job_logs(visit: &Visit<'_>, pods: &[Arc<Pod>]) -> BTreeMap<String, String> {
    let mut newest: BTreeMap<String, &Arc<Pod>> = BTreeMap::new();
    let failed = |pod: &&Arc<Pod>| pod.status.as_ref().is_some_and(|s| s.phase.as_deref() == Some("Failed"));
    for pod in pods.iter().filter(failed) {
        let Some(job) = label(pod, JOB_LABEL) else { continue };
        let created = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
        if newest.get(job).is_none_or(|before| created(before) < created(pod)) {
            newest.insert(job.to_owned(), pod);
        }
    }
    let mut logs = BTreeMap::new();
    for (job, pod) in newest {
        if let Some(log) = log(visit, pod).await {
            logs.insert(job, log);
        }
    }
    logs
}

/// The tail of a failed pod's log; it does not change any more, so it is read once.
async fn log(visit: &Visit<'_>, pod: &Pod) -> Option<String> {
    let (name, uid) = (pod.metadata.name.as_deref()?, pod.metadata.uid.as_deref()?);
    if let Some(known) = visit.memory.lock().logs.get(uid) {
        return Some(known.clone());
    }
    let api: Api<Pod> = Api::namespaced(visit.ctx.client.clone(), visit.namespace());
    let parameters = LogParams { tail_lines: Some(TAIL_LINES), ..LogParams::default() };
    match request(format!("read the log of Pod \"{name}\""), api.logs(name, &parameters)).await {
        Ok(text) => {
            let text = tail(text.trim_end()).to_owned();
            visit.memory.lock().logs = BTreeMap::from([(uid.to_owned(), text.clone())]);
            Some(text)
        }
        Err(error) => {
            tracing::debug!(namespace = visit.namespace(), platform = visit.name(), %error, "no log");
            None
        }
    }
}

/// The last words of a text, at most [`TAIL_BYTES`] bytes.
fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(TAIL_BYTES);
    let start = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    &text[start..]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(status: &Value) -> Pod {
        let labels = json!({COMPONENT_LABEL: "api"});
        serde_json::from_value(json!({"metadata": {"name": "p", "labels": labels}, "status": status}))
            .expect("a pod")
    }

    fn container(state: &Value, last: &Value) -> Value {
        json!({"name": "api", "image": "x", "imageID": "", "ready": false, "restartCount": 1,
            "state": state, "lastState": last})
    }

    #[test]
    fn an_image_that_cannot_be_pulled_is_told_in_the_words_of_the_kubelet() {
        let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling \"x\""}});
        let facts = facts(&pod(&json!({"containerStatuses": [container(&state, &json!({}))]})));
        let trouble = facts.trouble.expect("trouble");
        assert_eq!((facts.component.as_str(), trouble.kind), ("api", TroubleKind::ImagePull));
        assert_eq!(trouble.message, "container \"api\": ImagePullBackOff: Back-off pulling \"x\"");
    }

    #[test]
    fn a_crash_loop_names_the_last_exit() {
        let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}});
        let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
        let trouble =
            facts(&pod(&json!({"containerStatuses": [container(&state, &last)]}))).trouble.expect("trouble");
        assert_eq!(trouble.kind, TroubleKind::Container);
        assert!(trouble.message.ends_with("exited with 137 (OOMKilled)"), "{}", trouble.message);
    }

    #[test]
    fn a_pod_without_a_node_is_unschedulable_in_the_words_of_the_scheduler() {
        let conditions = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient memory."}]);
        let trouble = facts(&pod(&json!({"conditions": conditions}))).trouble.expect("trouble");
        assert_eq!(trouble.kind, TroubleKind::Unschedulable);
        assert!(trouble.message.contains("Insufficient memory"));
    }

    #[test]
    fn a_pod_that_is_only_starting_has_no_trouble() {
        let state = json!({"waiting": {"reason": "ContainerCreating"}});
        assert_eq!(facts(&pod(&json!({"containerStatuses": [container(&state, &json!({}))]}))).trouble, None);
        let running = json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}});
        assert_eq!(
            facts(&pod(&json!({"containerStatuses": [container(&running, &json!({}))]}))).trouble,
            None
        );
    }

    #[test]
    fn tails_are_bounded_and_end_with_the_last_words() {
        let text = format!("{}end", "é".repeat(2000));
        assert!(tail(&text).len() <= TAIL_BYTES && tail(&text).ends_with("end"));
        assert_eq!(tail("short"), "short");
    }
}
