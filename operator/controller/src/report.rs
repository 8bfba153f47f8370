//! The status is written when it differs, and transitions become Events.

use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use kube::core::DynamicObject;
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::TodoPlatformStatus;
use todo_operator_core::status::is_ready;
use todo_operator_core::{Outcome, assess};

use crate::errors::{ApiError, request};
use crate::visit::{Visit, version};
use crate::{events, kinds};

/// Field manager of the status.
const STATUS_MANAGER: &str = "todo-operator-status";

/// Writes the status of an outcome if it differs from the last one, and returns it.
pub(crate) async fn report(visit: &Visit<'_>, outcome: &Outcome) -> Result<TodoPlatformStatus, ApiError> {
    let status = as_stored(assess(visit.platform, outcome, Timestamp::now()));
    visit.ctx.metrics.platform(visit.uid(), is_ready(&status));
    if visit.platform.status.as_ref() == Some(&status) {
        return Ok(status);
    }
    match write(visit, &status).await {
        // The platform is gone, or another one of its name is there: nobody reads this status.
        Err(error) if error.is_not_found() || is_replaced(&error) => Ok(status),
        Err(error) => Err(error),
        Ok(()) => {
            events::publish(visit.ctx, visit.platform, &status).await;
            Ok(status)
        }
    }
}

/// Replaces the status as a whole: fields that vanished are removed. The test of the uid keeps it off a new platform
/// of the same name.
async fn write(visit: &Visit<'_>, status: &TodoPlatformStatus) -> Result<(), ApiError> {
    let operations = json!([
        { "op": "test", "path": "/metadata/uid", "value": visit.uid() },
        { "op": "add", "path": "/status", "value": status },
    ]);
    let patch = serde_json::from_value(operations).map_err(|source| ApiError::Request {
        what: "write a status".to_owned(),
        source: Box::new(kube::Error::SerdeError(source)),
    })?;
    let parameters = PatchParams { field_manager: Some(STATUS_MANAGER.to_owned()), ..PatchParams::default() };
    // Dynamic, because the spec in the answer may be one that cannot be decoded.
    let client = visit.ctx.client.clone();
    let api: Api<DynamicObject> = Api::namespaced_with(client, visit.namespace(), &kinds::platform());
    visit.ctx.metrics.write("TodoPlatform", "status");
    let what = format!("write the status of TodoPlatform \"{}\"", visit.name());
    let answer =
        request(what, api.patch_status(visit.name(), &parameters, &Patch::<()>::Json(patch))).await?;
    let written = version(answer.metadata.resource_version.as_deref());
    visit.memory.lock().status = Some((written, status.clone()));
    Ok(())
}

/// Whether the test of the uid failed.
fn is_replaced(error: &ApiError) -> bool {
    error.is_invalid()
}

/// The status as it will be read back: times lose what their text does not have.
fn as_stored(status: TodoPlatformStatus) -> TodoPlatformStatus {
    let stored = serde_json::to_value(&status).unwrap_or(Value::Null);
    serde_json::from_value(stored).unwrap_or(status)
}
