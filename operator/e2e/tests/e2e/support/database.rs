//! A PostgreSQL that exists apart from any platform: a pod of the story.

use anyhow::Result;
use k8s_openapi::api::core::v1::{Pod, Secret, Service};
use kube::api::PostParams;
use serde_json::{Value, json};

use super::story::Story;

/// Name of Service, pod and Secret.
pub const DATABASE: &str = "external-db";
/// A password of the story's own database, which lives for a minute in a namespace of its own.
const PASSWORD: &str = "e2e-throw-away";

/// `database.external` with the Secret of [`Story::database_secret`].
pub fn external_database() -> Value {
    json!({ "external": { "urlSecretRef": { "name": DATABASE, "key": "url" } } })
}

impl Story {
    /// The Secret with the database's connection URL.
    pub async fn database_secret(&self) -> Result<()> {
        let url = format!("postgres://todo:{PASSWORD}@{DATABASE}.{}.svc:5432/todo", self.namespace);
        let secret: Secret = serde_json::from_value(
            json!({ "metadata": { "name": DATABASE }, "stringData": { "url": url } }),
        )?;
        self.api().create(&PostParams::default(), &secret).await?;
        Ok(())
    }

    /// The Service: its address refuses connections until the pod is ready.
    pub async fn database_service(&self) -> Result<()> {
        let service: Service = serde_json::from_value(json!({
            "metadata": { "name": DATABASE },
            "spec": { "selector": { "app": DATABASE }, "ports": [{ "port": 5432 }] }
        }))?;
        self.api().create(&PostParams::default(), &service).await?;
        Ok(())
    }

    /// The pod that serves the database.
    pub async fn database_pod(&self) -> Result<()> {
        let pod: Pod = serde_json::from_value(pod(&image()))?;
        self.api().create(&PostParams::default(), &pod).await?;
        Ok(())
    }
}

/// `TEST_POSTGRES_IMAGE`, else the image of the local cluster.
fn image() -> String {
    std::env::var("TEST_POSTGRES_IMAGE").unwrap_or_else(|_| "todoplatform/postgres:15".to_owned())
}

fn pod(image: &str) -> Value {
    json!({
        "metadata": { "name": DATABASE, "labels": { "app": DATABASE } },
        "spec": {
            "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 999, "runAsGroup": 999, "fsGroup": 999,
                "seccompProfile": { "type": "RuntimeDefault" }
            },
            "containers": [{
                "name": "postgres",
                "image": image,
                "env": [
                    { "name": "POSTGRES_USER", "value": "todo" },
                    { "name": "POSTGRES_PASSWORD", "value": PASSWORD },
                    { "name": "POSTGRES_DB", "value": "todo" },
                    { "name": "PGDATA", "value": "/data/pgdata" }
                ],
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
                "readinessProbe": { "tcpSocket": { "port": 5432 }, "periodSeconds": 1 },
                "volumeMounts": [
                    { "name": "data", "mountPath": "/data" },
                    { "name": "socket", "mountPath": "/var/run/postgresql" }
                ]
            }],
            "volumes": [{ "name": "data", "emptyDir": {} }, { "name": "socket", "emptyDir": {} }]
        }
    })
}
