//! A namespace with a platform, a controller and a broker.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::rbac::v1::{PolicyRule, Role, RoleBinding};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::DynamicObject;
use kube::{Api, Client, Config, CustomResourceExt, ResourceExt};
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_controller::context::Context;
use todo_operator_controller::settings::{LeaseSettings, Settings};
use todo_operator_controller::{control, kinds, metrics::Metrics, reconcile};
use todo_operator_core::bundle::Kind;
use todo_operator_core::settings::ImageCatalog;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::broker::MemoryBroker;
use crate::kubelet;
use crate::wire::{Tap, Wire};

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct World {
    /// Not tapped: the test's own requests.
    pub client: Client,
    pub wire: Arc<Wire>,
    pub broker: Arc<MemoryBroker>,
    pub namespace: String,
    pub ctx: Arc<Context>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
        self.tasks.iter().for_each(JoinHandle::abort);
        // No controller empties namespaces here, and addresses of Services are few.
        let services: Api<Service> = Api::namespaced(self.client.clone(), &self.namespace);
        let deleted = async {
            let (how, which) = (DeleteParams::default(), ListParams::default());
            let deletions = services.delete_collection(&how, &which);
            tokio::time::timeout(Duration::from_secs(10), deletions).await
        };
        // What is left behind disturbs nobody before hundreds of runs.
        let _ = tokio::task::block_in_place(|| Handle::current().block_on(deleted));
    }
}

impl World {
    /// A namespace without platform, and a context that knows nothing.
    pub async fn new() -> Self {
        let client = Client::try_from(config().await).expect("a client");
        definition(&client).await;
        let broker = Arc::new(MemoryBroker::default());
        let namespace = format!("test-{}", uuid::Uuid::now_v7().simple());
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let object = json!({"metadata": {"name": namespace}});
        let object = serde_json::from_value(object).expect("a namespace");
        namespaces.create(&PostParams::default(), &object).await.expect("a new namespace");
        let (ctx, wire) = context(&namespace, &broker, None).await;
        Self { client, wire, broker, namespace, ctx, stop: CancellationToken::new(), tasks: Vec::new() }
    }

    /// A new process of the operator: cold caches, no memory, a new wire.
    pub async fn restart(&mut self) {
        (self.ctx, self.wire) = context(&self.namespace, &self.broker, None).await;
    }

    /// Goes on as a user who may do what the rules say, in the namespace of the world, and no more.
    pub async fn act_with_the_permissions_of_the_rules(&mut self) {
        let user = format!("operator-of-{}", self.namespace);
        self.permit(kinds::rules().platforms).await;
        let binding = json!({"metadata": {"name": "operator"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operator"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]});
        let binding = serde_json::from_value(binding).expect("a RoleBinding");
        let bindings: Api<RoleBinding> = Api::namespaced(self.client.clone(), &self.namespace);
        bindings.create(&PostParams::default(), &binding).await.expect("a RoleBinding");
        (self.ctx, self.wire) = context(&self.namespace, &self.broker, Some(user)).await;
    }

    /// Gives the operator these permissions and no others.
    pub async fn permit(&self, rules: Vec<PolicyRule>) {
        let api: Api<Role> = Api::namespaced(self.client.clone(), &self.namespace);
        let mut role = Role { rules: Some(rules), ..Role::default() };
        role.metadata.name = Some("operator".to_owned());
        let parameters = PatchParams::apply("test").force();
        api.patch("operator", &parameters, &Patch::Apply(&role)).await.expect("a Role");
    }

    /// Starts the controller.
    pub fn start(&mut self) {
        let (ctx, stop) = (Arc::clone(&self.ctx), self.stop.clone());
        self.tasks.push(tokio::spawn(async move { control(&ctx, stop).await }));
    }

    /// Starts the kubelet.
    pub fn run_pods(&mut self) {
        let (client, namespace) = (self.client.clone(), self.namespace.clone());
        self.tasks.push(tokio::spawn(async move {
            loop {
                // An object may vanish between list and patch; the next round sees what is there.
                let _ = kubelet::settle(&client, &namespace).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }));
    }

    /// A running controller and kubelet, and a platform that is ready.
    pub async fn ready(spec: Value) -> Self {
        let mut world = Self::new().await;
        world.create(spec).await;
        world.start();
        world.run_pods();
        world.await_condition("Ready", "True").await;
        world
    }

    pub fn platforms(&self) -> Api<TodoPlatform> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &kinds::resource(kind))
    }

    pub async fn create(&self, spec: Value) {
        let object = json!({"metadata": {"name": "todo"}, "spec": spec,
            "apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform"});
        let object: TodoPlatform = serde_json::from_value(object).expect("a platform");
        self.platforms().create(&PostParams::default(), &object).await.expect("a new platform");
    }

    pub async fn platform(&self) -> TodoPlatform {
        self.platforms().get("todo").await.expect("the platform")
    }

    pub async fn change(&self, patch: Value) {
        let parameters = PatchParams::default();
        self.platforms().patch("todo", &parameters, &Patch::Merge(patch)).await.expect("a patched platform");
    }

    pub async fn delete(&self, kind: Kind, name: &str) {
        self.api(kind).delete(name, &DeleteParams::background()).await.expect("a deleted object");
    }

    pub async fn get(&self, kind: Kind, name: &str) -> Option<Value> {
        let found = self.api(kind).get_opt(name).await.expect("an answer")?;
        Some(serde_json::to_value(found).expect("an object of JSON"))
    }

    /// Visits the platform as it is now, once.
    pub async fn visit(&self) {
        let object = self.dynamic().await;
        reconcile(Arc::new(object), Arc::clone(&self.ctx)).await.expect("a visit");
    }

    pub async fn dynamic(&self) -> DynamicObject {
        let resource = kinds::platform();
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &resource);
        api.get("todo").await.expect("the platform")
    }

    /// Status, reason and message of a condition.
    pub async fn condition(&self, kind: &str) -> Option<(String, String, String)> {
        let status = self.platform().await.status?;
        let found = status.conditions.into_iter().find(|condition| condition.type_ == kind)?;
        Some((found.status, found.reason, found.message))
    }

    pub async fn await_condition(&self, kind: &str, wanted: &str) {
        let seen = eventually(|| async {
            let (status, ..) = self.condition(kind).await?;
            (status == wanted).then_some(())
        })
        .await;
        assert!(seen.is_some(), "{kind} did not become {wanted}: {:#?}", self.platform().await.status);
    }

    pub async fn await_reason(&self, kind: &str, wanted: &str) -> String {
        let seen = eventually(|| async {
            let (_, reason, message) = self.condition(kind).await?;
            (reason == wanted).then_some(message)
        })
        .await;
        assert!(seen.is_some(), "{kind} never had the reason {wanted}: {:#?}", self.platform().await.status);
        seen.unwrap_or_default()
    }

    /// Names of the platform's objects of a kind.
    pub async fn names(&self, kind: Kind) -> Vec<String> {
        let all = self.api(kind).list(&ListParams::default()).await.expect("a list");
        all.into_iter().map(|object| object.name_any()).filter(|name| name.starts_with("todo")).collect()
    }
}

/// Polls until there is an answer; `None` when patience ends.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = look().await {
            return Some(found);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

async fn config() -> Config {
    let path =
        std::env::var_os("TEST_KUBECONFIG").map(PathBuf::from).expect("TEST_KUBECONFIG names a kubeconfig");
    let kubeconfig = Kubeconfig::read_from(path).expect("a kubeconfig");
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.expect("a configuration")
}

async fn context(
    namespace: &str,
    broker: &Arc<MemoryBroker>,
    user: Option<String>,
) -> (Arc<Context>, Arc<Wire>) {
    let wire = Arc::new(Wire::default());
    let mut config = config().await;
    config.auth_info.impersonate = user;
    let builder = ClientBuilder::try_from(config).expect("a client");
    let client = builder.with_layer(&Tap(Arc::clone(&wire))).build();
    let settings = Settings {
        images: ImageCatalog::default(),
        watch_namespaces: vec![namespace.to_owned()],
        concurrency: 4,
        lease: LeaseSettings { name: "test".into(), namespace: namespace.into(), identity: "test".into() },
        admin_address: ([127, 0, 0, 1], 0).into(),
    };
    let broker = Arc::clone(broker);
    (Context::new(client, settings, broker, Metrics::default()), wire)
}

/// Installs the definition; tests do so at the same time, which is fine.
async fn definition(client: &Client) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let definition = TodoPlatform::crd();
    let name = definition.name_any();
    let parameters = PatchParams::apply("test").force();
    api.patch(&name, &parameters, &Patch::Apply(&definition)).await.expect("an applied definition");
    let platforms: Api<TodoPlatform> = Api::all(client.clone());
    let served = eventually(|| async { platforms.list(&ListParams::default()).await.ok() }).await;
    assert!(served.is_some(), "the API does not serve platforms");
}
