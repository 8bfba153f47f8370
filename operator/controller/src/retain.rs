//! What the deletion policy retains loses its owner at once, whatever else keeps a platform from being applied.

use serde_json::{Value, json};
use todo_operator_api::v1alpha1::{Deletion, TodoPlatform};
use todo_operator_core::bundle::Kind;
use todo_operator_core::identity::COMPONENT_LABEL;

use crate::errors::ApiError;
use crate::ownership::{controller, labelled};
use crate::visit::Visit;

/// Unties volumes and generated Secrets that are to outlive the platform. Tying them again is left to applying: a
/// platform that is deleted in between keeps them, which is the safer mistake.
pub(crate) async fn settle_owners(visit: &Visit<'_>) -> Result<(), ApiError> {
    for kind in [Kind::PersistentVolumeClaim, Kind::Secret] {
        for object in visit.ctx.caches.children_within(kind, visit.namespace()) {
            if is_misowned(&object, visit.platform) {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let version = &object["metadata"]["resourceVersion"];
                let patch = json!({"metadata": {"resourceVersion": version, "ownerReferences": null}});
                match visit.merge((kind, name), &patch).await {
                    // Somebody changed it since: the watch brings the news, and the next visit looks again.
                    Err(error) if error.is_conflict() || error.is_not_found() => {}
                    other => other.map(|_| ())?,
                }
            }
        }
    }
    Ok(())
}

/// Whether the platform owns an object that its policy retains.
fn is_misowned(object: &Value, platform: &TodoPlatform) -> bool {
    let own =
        controller(object).is_some_and(|owner| owner["uid"].as_str() == platform.metadata.uid.as_deref());
    own && labelled(object, platform.metadata.name.as_deref().unwrap_or_default())
        && policy(object, platform).retains()
}

fn policy(object: &Value, platform: &TodoPlatform) -> Deletion {
    let policy = platform.spec.deletion_policy.clone().unwrap_or_default();
    let of_broker = object["metadata"]["labels"][COMPONENT_LABEL] == "broker";
    if of_broker { policy.topics } else { policy.data }.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_and_secrets_follow_the_policy_of_what_they_hold() {
        let spec = json!({"profile": "local", "deletionPolicy": {"data": "Retain", "topics": "Delete"}});
        let mut platform = TodoPlatform::new("todo", serde_json::from_value(spec).expect("a spec"));
        platform.metadata.uid = Some("uid".into());
        let owned = |component: &str, uid: &str| {
            json!({"metadata": {
                "ownerReferences": [{"controller": true, "uid": uid}],
                "labels": {"app.kubernetes.io/managed-by": "todo-operator", "todoplatform.dev/platform": "todo",
                    COMPONENT_LABEL: component}}})
        };
        assert!(is_misowned(&owned("database", "uid"), &platform));
        assert!(!is_misowned(&owned("broker", "uid"), &platform), "topics are deleted with the platform");
        assert!(!is_misowned(&owned("database", "other"), &platform), "it belongs to somebody else");
    }
}
