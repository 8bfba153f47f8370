//! From what the watch holds to a platform.

use kube::core::DynamicObject;
use todo_operator_api::v1alpha1::{TodoPlatform, TodoPlatformSpec, TodoPlatformStatus};

use crate::context::Context;
use crate::visit::version;

/// What the watch holds.
pub(crate) enum Guarded {
    /// A platform to be kept as described.
    Live(TodoPlatform),
    /// A platform on its way out; `Err` with the decoder's words if its spec cannot be read.
    Deleting(TodoPlatform, Result<(), String>),
    /// An object that is no TodoPlatform: metadata and status alone, and the decoder's words.
    Undecodable(TodoPlatform, String),
}

/// Decodes the object. An object that cannot be decoded must not break the watch of the others.
pub(crate) fn guard(ctx: &Context, object: &DynamicObject) -> Guarded {
    let (mut platform, decoded) = decode(object);
    refresh_status(ctx, &mut platform);
    if platform.metadata.deletion_timestamp.is_some() {
        return Guarded::Deleting(platform, decoded);
    }
    match decoded {
        Ok(()) => Guarded::Live(platform),
        Err(words) => Guarded::Undecodable(platform, words),
    }
}

/// The platform, or its metadata and status with the decoder's words.
pub(crate) fn decode(object: &DynamicObject) -> (TodoPlatform, Result<(), String>) {
    let part = |name: &str| object.data.get(name).cloned().unwrap_or_default();
    // The operator wrote the status: one that cannot be read is from another version and is written anew.
    let status = serde_json::from_value::<Option<TodoPlatformStatus>>(part("status")).ok().flatten();
    let (spec, decoded) = match serde_json::from_value::<TodoPlatformSpec>(part("spec")) {
        Ok(spec) => (spec, Ok(())),
        Err(error) => (TodoPlatformSpec::default(), Err(format!("spec cannot be read: {error}"))),
    };
    (TodoPlatform { metadata: object.metadata.clone(), spec, status }, decoded)
}

/// The status that was written last wins over a watch that lags behind: transition times are read from it.
fn refresh_status(ctx: &Context, platform: &mut TodoPlatform) {
    let memory = ctx.memory(platform.metadata.uid.as_deref().unwrap_or_default());
    let memory = memory.lock();
    if let Some((written, status)) = &memory.status
        && *written > version(platform.metadata.resource_version.as_deref())
    {
        platform.status = Some(status.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(data: serde_json::Value) -> DynamicObject {
        DynamicObject::new("todo", &crate::kinds::platform()).within("default").data(data)
    }

    #[test]
    fn an_object_with_a_wrong_type_keeps_metadata_and_status() {
        let wrong = json!({"spec": {"profile": 7}, "status": {"observedGeneration": 3, "conditions": []}});
        let (platform, decoded) = decode(&object(wrong));
        assert!(decoded.expect_err("a number is no profile").starts_with("spec cannot be read: "));
        assert_eq!(platform.metadata.name.as_deref(), Some("todo"));
        assert_eq!(platform.status.and_then(|status| status.observed_generation), Some(3));
    }

    #[test]
    fn an_unreadable_status_does_not_make_the_platform_unreadable() {
        let (platform, decoded) =
            decode(&object(json!({"spec": {"profile": "local"}, "status": {"conditions": 1}})));
        assert_eq!(decoded, Ok(()));
        assert!(platform.status.is_none());
    }
}
