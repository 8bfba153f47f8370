//! The operator's process.

use std::sync::Arc;

use anyhow::Context;
use todo_operator_controller::settings::{LeaseSettings, Settings};

use crate::broker::KafkaBroker;
use crate::cli::RunArguments;
use crate::telemetry;

/// Threads that work on requests. Each platform mostly waits for the API server, so more would only cost memory.
const WORKERS: usize = 2;

/// Runs until SIGTERM or SIGINT.
pub fn run(arguments: RunArguments) -> anyhow::Result<()> {
    telemetry::init(arguments.log_format, &arguments.log_level)?;
    let settings = settings(arguments)?;
    to_the_end(todo_operator_controller::run(settings, Arc::new(KafkaBroker)))?
        .inspect_err(|error| tracing::error!(%error, "the operator stops"))
        .context("failed to run the operator")
}

/// Runs a future on a runtime of its own and waits for nothing else: a call to a broker that still blocks its thread
/// must not keep the process, or it would act after the lease was lost.
fn to_the_end<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}

fn settings(arguments: RunArguments) -> anyhow::Result<Settings> {
    let namespace = match arguments.lease_namespace {
        Some(namespace) => namespace,
        None => own_namespace()?,
    };
    let images = arguments.images.catalog();
    Ok(Settings {
        images,
        watch_namespaces: arguments.watch_namespaces.into_iter().filter(|name| !name.is_empty()).collect(),
        concurrency: arguments.concurrency,
        lease: LeaseSettings { name: arguments.lease_name, namespace, identity: identity() },
        admin_address: arguments.admin_address,
    })
}

/// The file that Kubernetes mounts into pods with a ServiceAccount.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

fn own_namespace() -> anyhow::Result<String> {
    if let Ok(namespace) = std::fs::read_to_string(NAMESPACE_FILE) {
        return Ok(namespace.trim().to_owned());
    }
    let kubeconfig = kube::config::Kubeconfig::read()
        .context("failed to find the lease's namespace: no pod, no kubeconfig")?;
    let context = kubeconfig
        .contexts
        .into_iter()
        .find(|context| Some(&context.name) == kubeconfig.current_context.as_ref());
    let namespace = context.and_then(|context| context.context).and_then(|context| context.namespace);
    Ok(namespace.unwrap_or_else(|| "default".to_owned()))
}

/// The pod's name, which is its host name, and a part that tells one start of the process from the next.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "todo-operator".to_owned());
    format!("{host}_{}", uuid::Uuid::now_v7().simple())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_call_that_blocks_does_not_keep_the_process() {
        let (end, ended) = mpsc::channel::<()>();
        let (told, tell) = mpsc::channel();
        let blocking = async move {
            tokio::task::spawn_blocking(move || {
                told.send(ended.recv_timeout(Duration::from_mins(1)).is_ok())
            });
        };
        to_the_end(blocking).expect("a runtime");
        // Nobody listens any more if the call was waited for until it gave up.
        assert!(end.send(()).is_ok() && tell.recv() == Ok(true), "the call was waited for");
    }
}
