//! Whose an object is.

use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::bundle::Cause;
use todo_operator_core::identity::{MANAGED_BY_LABEL, MANAGER, PLATFORM_LABEL};

/// The uid of the controller owner reference.
pub(crate) fn controller(object: &Value) -> Option<&Value> {
    let owners = object["metadata"]["ownerReferences"].as_array()?;
    owners.iter().find(|owner| owner["controller"] == true)
}

/// Whether the object carries the labels of a platform's child.
pub(crate) fn labelled(object: &Value, platform: &str) -> bool {
    let labels = &object["metadata"]["labels"];
    labels[MANAGED_BY_LABEL] == MANAGER && labels[PLATFORM_LABEL] == platform
}

/// Why an object may not be touched for a platform; `None` if it is the platform's own, or one that was retained and
/// is adopted by name and labels. Nothing is ever stolen.
pub(crate) fn obstacle(what: &str, object: &Value, platform: &TodoPlatform) -> Option<Cause> {
    let name = platform.metadata.name.as_deref().unwrap_or_default();
    let uid = platform.metadata.uid.as_deref().unwrap_or_default();
    match controller(object) {
        Some(owner) if owner["uid"] == uid => None,
        Some(owner) if owner["kind"] == "TodoPlatform" && owner["name"] == name => {
            let message =
                format!("{what} belongs to a deleted platform of the same name; waiting until it is gone");
            Some(Cause::Transient(message))
        }
        Some(owner) => {
            let kind = owner["kind"].as_str().unwrap_or_default();
            let owner = owner["name"].as_str().unwrap_or_default();
            Some(Cause::Conflict(format!(
                "{what} exists and belongs to {kind} \"{owner}\"; rename the platform or remove it"
            )))
        }
        None if labelled(object, name) => None,
        None => Some(Cause::Conflict(format!(
            "{what} exists and is not the operator's; remove it, or hand it over with the labels {MANAGED_BY_LABEL}={MANAGER} and {PLATFORM_LABEL}={name}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use todo_operator_api::v1alpha1::TodoPlatformSpec;

    use super::*;

    fn platform() -> TodoPlatform {
        let mut platform = TodoPlatform::new("todo", TodoPlatformSpec::default());
        platform.metadata.uid = Some("uid-1".into());
        platform
    }

    fn owned_by(kind: &str, name: &str, uid: &str) -> Value {
        let owner = json!({"kind": kind, "name": name, "uid": uid, "controller": true});
        json!({"metadata": {"ownerReferences": [owner]}})
    }

    #[test]
    fn own_children_and_retained_objects_may_be_touched() {
        assert_eq!(obstacle("x", &owned_by("TodoPlatform", "todo", "uid-1"), &platform()), None);
        let retained = json!({"metadata": {"labels": {MANAGED_BY_LABEL: MANAGER, PLATFORM_LABEL: "todo"}}});
        assert_eq!(obstacle("x", &retained, &platform()), None);
    }

    #[test]
    fn objects_of_others_are_never_stolen() {
        for foreign in
            [owned_by("Website", "site", "uid-9"), json!({"metadata": {"labels": {"app": "mine"}}})]
        {
            assert!(matches!(obstacle("x", &foreign, &platform()), Some(Cause::Conflict(_))), "{foreign}");
        }
        let other = json!({"metadata": {"labels": {MANAGED_BY_LABEL: MANAGER, PLATFORM_LABEL: "other"}}});
        assert!(matches!(obstacle("x", &other, &platform()), Some(Cause::Conflict(_))));
    }

    #[test]
    fn children_of_a_former_platform_are_waited_for() {
        let former = owned_by("TodoPlatform", "todo", "uid-0");
        assert!(matches!(obstacle("x", &former, &platform()), Some(Cause::Transient(_))));
    }
}
