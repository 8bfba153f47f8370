//! Plays the controllers and the kubelet: whatever was asked for runs.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

/// Makes everything in a namespace run, once.
pub async fn settle(client: &Client, namespace: &str) -> kube::Result<()> {
    let stateful_sets: Api<StatefulSet> = Api::namespaced(client.clone(), namespace);
    for set in stateful_sets.list(&ListParams::default()).await? {
        let desired = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        patch(&stateful_sets, &set.name_any(), &numbers(desired, set.metadata.generation)).await?;
    }
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
    for deployment in deployments.list(&ListParams::default()).await? {
        let desired = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        patch(&deployments, &deployment.name_any(), &numbers(desired, deployment.metadata.generation))
            .await?;
    }
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    for job in jobs.list(&ListParams::default()).await? {
        let finished = job.status.as_ref().is_some_and(|status| status.conditions.is_some());
        if !finished {
            patch(&jobs, &job.name_any(), &complete()).await?;
        }
    }
    Ok(())
}

fn numbers(desired: i32, generation: Option<i64>) -> Value {
    json!({
        "observedGeneration": generation, "replicas": desired, "readyReplicas": desired,
        "updatedReplicas": desired, "availableReplicas": desired,
    })
}

fn complete() -> Value {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": now});
    json!({
        "startTime": now, "completionTime": now, "succeeded": 1,
        "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
    })
}

/// A Job that failed at a time.
pub fn failed(at: &str) -> Value {
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": at, "reason": "BackoffLimitExceeded"});
    json!({"startTime": at, "failed": 7, "conditions": [condition("FailureTarget"), condition("Failed")]})
}

/// Writes a status.
pub async fn patch<K>(api: &Api<K>, name: &str, status: &Value) -> kube::Result<()>
where
    K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let patch = json!({ "status": status });
    match api.patch_status(name, &PatchParams::default(), &Patch::Merge(&patch)).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other.map(|_| ()),
    }
}
