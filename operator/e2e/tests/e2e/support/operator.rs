//! The operator itself: its Deployment, its pod and its process on this machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::{Client, ResourceExt as _};
use serde_json::json;

use super::poll::{eventually, seconds};

const SELECTOR: &str = "app.kubernetes.io/name=todo-operator";
/// The kernel's name of the process.
const PROCESS: &str = "todo-operator";

/// The operator of the cluster.
pub struct Operator {
    client: Client,
    namespace: String,
    deployment: String,
}

impl Operator {
    /// Finds the one operator of the cluster.
    pub async fn find(client: &Client) -> Result<Self> {
        let all: Api<Deployment> = Api::all(client.clone());
        let found = all.list(&ListParams::default().labels(SELECTOR)).await?.items;
        ensure!(found.len() == 1, "expected one operator, found {}", found.len());
        let namespace = found[0].namespace().context("a Deployment without namespace")?;
        Ok(Self { client: client.clone(), namespace, deployment: found[0].name_any() })
    }

    /// The user name under which the API server knows it.
    pub async fn user(&self) -> Result<String> {
        let pod = self.pod().await?;
        let account =
            pod.spec.and_then(|spec| spec.service_account_name).context("a pod without service account")?;
        Ok(format!("system:serviceaccount:{}:{account}", self.namespace))
    }

    /// Scales it and awaits that as many pods are available, and no others exist.
    pub async fn scale(&self, replicas: i32) -> Result<()> {
        let change = json!({ "spec": { "replicas": replicas } });
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), &self.namespace);
        deployments.patch(&self.deployment, &PatchParams::default(), &Patch::Merge(change)).await?;
        eventually(&format!("the operator has {replicas} pods"), seconds(90), async || {
            let status = deployments.get(&self.deployment).await?.status.unwrap_or_default();
            let pods = self.pods().await?.len();
            let available = status.available_replicas.unwrap_or(0);
            ensure!(available == replicas && pods == usize::try_from(replicas)?, "{available} of {pods}");
            Ok(())
        })
        .await
    }

    /// Kills its process with SIGKILL and awaits that the kubelet has started another one.
    pub async fn kill(&self) -> Result<()> {
        let uid = self.pod().await?.metadata.uid.context("a pod without uid")?;
        let victims = processes(&uid)?;
        ensure!(
            !victims.is_empty(),
            "no process of pod {uid} on this machine: the story needs a local cluster"
        );
        for process in &victims {
            let killed = Command::new("kill").args(["-9", process]).status()?;
            ensure!(killed.success(), "failed to kill process {process}");
        }
        eventually("the operator runs again", seconds(120), async || {
            let now: BTreeSet<_> = processes(&uid)?;
            ensure!(
                !now.is_empty() && now.is_disjoint(&victims),
                "its processes are {now:?}, were {victims:?}"
            );
            Ok(())
        })
        .await
    }

    async fn pod(&self) -> Result<Pod> {
        self.pods().await?.into_iter().next().context("the operator has no pod")
    }

    async fn pods(&self) -> Result<Vec<Pod>> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        Ok(pods.list(&ListParams::default().labels(SELECTOR)).await?.items)
    }
}

/// Ids of the operator's processes in a pod, told from those of other clusters by their cgroup.
fn processes(pod_uid: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let Some(id) = path.file_name().and_then(|name| name.to_str()).filter(|id| id.parse::<u32>().is_ok())
        else {
            continue;
        };
        if read(&path, "comm").trim() == PROCESS && read(&path, "cgroup").contains(pod_uid) {
            found.insert(id.to_owned());
        }
    }
    Ok(found)
}

/// A file of a process, empty when the process has just ended.
fn read(process: &Path, file: &str) -> String {
    std::fs::read_to_string(process.join(file)).unwrap_or_default()
}
