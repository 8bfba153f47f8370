//! What somebody deletes or changes comes back; what belongs to others stays.

use anyhow::{Result, ensure};
use kube::ResourceExt as _;
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::ObjectReference;

use crate::support::children::label;
use crate::support::platform::{BRING_UP, NAME};
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn every_deleted_child_comes_back() -> Result<()> {
    Story::run("heals-deleted", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        for child in story.inventory().await?.iter().filter(|child| can_be_made_again(child)) {
            let params = kube::api::DeleteParams::background();
            story.objects(&child.group, &child.kind).delete(&child.name, &params).await?;
            story.replaced(child).await?;
            story.ready(BRING_UP).await?;
            story.note(&format!("{} is back", label(child)));
        }
        let user = story.sign_up("heals@example.com").await?;
        let task = user.create_task("Still here").await?;
        user.audit_row(&task).await.map(drop)
    })
    .await
}

/// Data cannot be made again, nor the password that an existing database knows: a new one is no healing.
fn can_be_made_again(child: &ObjectReference) -> bool {
    child.kind != "PersistentVolumeClaim" && !(child.kind == "Secret" && child.name == "todo-database")
}

/// A field that the operator owns: where it stands and another value.
struct Edit {
    group: &'static str,
    kind: &'static str,
    name: &'static str,
    pointer: &'static str,
    change: Value,
}

fn edits() -> Vec<Edit> {
    let account = json!({ "spec": { "template": { "spec": { "serviceAccountName": "default" } } } });
    vec![
        Edit {
            group: "apps",
            kind: "Deployment",
            name: "todo-api",
            pointer: "/spec/replicas",
            change: json!({ "spec": { "replicas": 3 } }),
        },
        Edit {
            group: "apps",
            kind: "Deployment",
            name: "todo-audit",
            pointer: "/spec/template/spec/serviceAccountName",
            change: account,
        },
        Edit {
            group: "",
            kind: "Service",
            name: "todo-api",
            pointer: "/spec/selector/app.kubernetes.io~1component",
            change: json!({ "spec": { "selector": { "app.kubernetes.io/component": "nobody" } } }),
        },
        Edit {
            group: "",
            kind: "ServiceAccount",
            name: "todo-api",
            pointer: "/metadata/labels/app.kubernetes.io~1part-of",
            change: json!({ "metadata": { "labels": { "app.kubernetes.io/part-of": "another" } } }),
        },
        Edit {
            group: "",
            kind: "ServiceAccount",
            name: "todo-audit",
            pointer: "/automountServiceAccountToken",
            change: json!({ "automountServiceAccountToken": true }),
        },
    ]
}

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn every_changed_field_comes_back_and_foreign_ones_stay() -> Result<()> {
    Story::run("heals-changed", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        for edit in edits() {
            undone(story, &edit).await?;
        }
        story.ready(BRING_UP).await?;
        foreign_fields_stay(story).await
    })
    .await
}

async fn undone(story: &Story, edit: &Edit) -> Result<()> {
    let Edit { group, kind, name, pointer, .. } = *edit;
    let value = async || -> Result<Value> {
        let object = serde_json::to_value(story.child(group, kind, name).await?)?;
        Ok(object.pointer(pointer).cloned().unwrap_or_default())
    };
    let before = value().await?;
    ensure!(!before.is_null(), "{kind}/{name} has no {pointer}");
    let version = story.child(group, kind, name).await?.resource_version();
    story.patch_child(group, kind, name, edit.change.clone()).await?;
    eventually(&format!("{pointer} of {kind}/{name} is {before} again"), seconds(60), async || {
        let now = value().await?;
        ensure!(now == before, "it is {now}");
        ensure!(story.child(group, kind, name).await?.resource_version() != version, "it has not changed");
        Ok(())
    })
    .await?;
    story.note(&format!("{pointer} of {kind}/{name} is back"));
    Ok(())
}

/// An annotation of somebody else and the one that `kubectl rollout restart` writes survive a forced visit.
async fn foreign_fields_stay(story: &Story) -> Result<()> {
    let foreign = json!({ "example.com/note": "kept" });
    let restarted = json!({ "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" });
    let change = json!({
        "metadata": { "annotations": foreign },
        "spec": { "template": { "metadata": { "annotations": restarted } } }
    });
    story.patch_child("apps", "Deployment", "todo-api", change).await?;
    // A platform's own change makes the operator send the whole Deployment again.
    story.patch_platform(json!({ "spec": { "api": { "replicas": 2 } } })).await?;
    story.ready(BRING_UP).await?;
    let mark = "visit-1";
    let annotation =
        json!({ "metadata": { "annotations": { "todoplatform.dev/reconcile-requested-at": mark } } });
    story.patch_platform(annotation).await?;
    eventually("the forced visit is over", seconds(30), async || {
        let handled = story.status().await?.last_handled_reconcile_at;
        ensure!(handled.as_deref() == Some(mark), "lastHandledReconcileAt of {NAME} is {handled:?}");
        Ok(())
    })
    .await?;
    let object = serde_json::to_value(story.child("apps", "Deployment", "todo-api").await?)?;
    let note = &object["metadata"]["annotations"]["example.com/note"];
    let restart = &object["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"];
    ensure!(note == "kept" && restart == "2026-01-01T00:00:00Z", "note is {note}, restartedAt is {restart}");
    ensure!(object["spec"]["replicas"] == 2, "replicas are {}", object["spec"]["replicas"]);
    Ok(())
}
