//! Tasks of the caller. A task of another user is as absent as one that never was.

mod body;
pub(super) mod complete;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
mod input;
pub(super) mod list;
pub(super) mod patch;
mod preconditions;
pub(super) mod reopen;
pub(super) mod restore;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

use domain::change::{Change, Occasion};
use domain::ports::{Answer, Command};

use super::params::Params;
use super::problem::Problem;
use super::{App, now};
pub(super) use body::{DueBody, TaskBody};
pub(super) use input::parse_local;
use preconditions::Preconditions;

/// Makes a change of one task.
async fn change(
    app: &App,
    user_id: Uuid,
    id: Uuid,
    change: Change,
    preconditions: Preconditions,
) -> Result<Answer, Problem> {
    let occasion = Occasion { at: now(), series_id: Uuid::now_v7(), successor_id: Uuid::now_v7() };
    let Preconditions { expected, idempotency } = preconditions;
    let command = Command { user_id, id, change, occasion, expected, idempotency };
    app.tasks.change(&command).await?.ok_or_else(Problem::not_found)
}

/// The id in the path. What is no UUID names nothing.
#[derive(Debug)]
pub(super) struct TaskId(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::<Uuid>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        // What names one thing has no parameters.
        Params::from_request_parts(parts, state).await?.finish()?;
        Ok(Self(id.0))
    }
}
