//! A story: a namespace of its own that is gone at the end, whatever happened.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;

use super::dump::dump;
use super::poll::{eventually, seconds};

/// What a story works with.
pub struct Story {
    /// Client with the rights of the cluster's administrator.
    pub client: Client,
    /// The story's own namespace, which enforces the `restricted` Pod Security Standard.
    pub namespace: String,
    title: &'static str,
    start: Instant,
}

impl Story {
    /// Runs `body` in a new namespace. A failure dumps what the namespace holds, then the namespace is deleted.
    pub async fn run(title: &'static str, body: impl AsyncFnOnce(&Self) -> Result<()>) -> Result<()> {
        let client = client().await?;
        let stamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() % 10_000_000;
        let namespace = format!("e2e-{title}-{stamp}");
        create_namespace(&client, &namespace).await?;
        let story = Self { client, namespace, title, start: Instant::now() };
        let outcome = body(&story).await;
        if let Err(error) = &outcome {
            story.note(&format!("FAILED: {error:#}"));
            dump(&story).await;
        }
        let cleared = story.clear().await;
        outcome.and(cleared)
    }

    /// Prints a line with the story's title and the seconds since it began.
    pub fn note(&self, line: &str) {
        println!("[{} {:6.1} s] {line}", self.title, self.start.elapsed().as_secs_f64());
    }

    /// Objects of a kind in the story's namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    async fn clear(&self) -> Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        if let Err(error) = namespaces.delete(&self.namespace, &DeleteParams::background()).await {
            return if is_missing(&error) {
                Ok(())
            } else {
                Err(error).context("failed to delete the namespace")
            };
        }
        namespace_is_gone(&self.client, &self.namespace).await
    }
}

/// Awaits the end of a namespace that is being deleted.
pub async fn namespace_is_gone(client: &Client, name: &str) -> Result<()> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    eventually("the namespace is gone", seconds(120), async || match namespaces.get_opt(name).await? {
        None => Ok(()),
        Some(namespace) => Err(anyhow!("its status is {}", json!(namespace.status))),
    })
    .await
}

/// Whether the API server said 404.
pub fn is_missing(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

async fn client() -> Result<Client> {
    let path =
        std::env::var("TEST_KUBECONFIG").context("TEST_KUBECONFIG is not set: hack/test.sh sets it")?;
    let kubeconfig = Kubeconfig::read_from(path)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}

async fn create_namespace(client: &Client, name: &str) -> Result<()> {
    let namespace: Namespace = serde_json::from_value(json!({
        "metadata": { "name": name, "labels": { "pod-security.kubernetes.io/enforce": "restricted" } }
    }))?;
    Api::<Namespace>::all(client.clone())
        .create(&PostParams::default(), &namespace)
        .await
        .context("failed to create the namespace")?;
    Ok(())
}
