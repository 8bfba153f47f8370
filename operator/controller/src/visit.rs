//! One visit of one platform.

use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::plan::requested_visit;

use crate::context::{Context, SharedMemory};

/// One visit of one platform.
pub(crate) struct Visit<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) platform: &'a TodoPlatform,
    pub(crate) memory: SharedMemory,
    /// Nothing is sent: the platform is paused.
    pub(crate) dry: bool,
    /// Everything is read afresh: a person asked for it.
    pub(crate) afresh: bool,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(ctx: &'a Context, platform: &'a TodoPlatform) -> Self {
        let requested = requested_visit(platform);
        let handled = platform.status.as_ref().and_then(|status| status.last_handled_reconcile_at.clone());
        Self {
            ctx,
            platform,
            memory: ctx.memory(platform.metadata.uid.as_deref().unwrap_or_default()),
            dry: platform.spec.paused.unwrap_or(false),
            afresh: requested.is_some() && requested != handled,
        }
    }

    pub(crate) fn namespace(&self) -> &str {
        self.platform.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.platform.metadata.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn uid(&self) -> &str {
        self.platform.metadata.uid.as_deref().unwrap_or_default()
    }
}

/// An annotation of a platform.
pub(crate) fn annotation<'a>(platform: &'a TodoPlatform, key: &str) -> Option<&'a str> {
    platform.metadata.annotations.as_ref().and_then(|all| all.get(key)).map(String::as_str)
}

/// A resource version as a number; versions of one resource are comparable (KEP-5504).
pub(crate) fn version(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The resource version of an object.
pub(crate) fn version_of(object: &Value) -> u64 {
    version(object["metadata"]["resourceVersion"].as_str())
}
