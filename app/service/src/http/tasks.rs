//! Tasks of the caller. A task of another user is as absent as one that never was.

pub(super) mod complete;
pub(super) mod create;
pub(super) mod get;
pub(super) mod list;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::ETAG;
use http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Task;

use super::problem::Problem;

/// A task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub(super) struct TaskBody {
    id: Uuid,
    title: String,
    description: Option<String>,
    /// P1 (urgent) to P4 (low).
    #[schema(value_type = String, pattern = "^P[1-4]$")]
    priority: &'static str,
    completed: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
    /// 1 at creation, one more with each change; the entity tag.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        Self {
            id: task.id,
            title: task.title,
            description: task.description,
            priority: task.priority.as_str(),
            completed: task.completed,
            completed_at: task.completed_at,
            version: task.version,
            created_at: task.created_at,
            updated_at: task.updated_at,
        }
    }
}

/// One task with its strong entity tag (RFC 9110 §8.8.3).
fn tagged(task: Task) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{}\"", task.version)).expect("digits and quotes");
    ([(ETAG, tag)], Json(TaskBody::from(task))).into_response()
}

/// The id in the path. What is no UUID names nothing.
#[derive(Debug)]
pub(super) struct TaskId(Uuid);

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::<Uuid>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Problem::not_found())
    }
}
