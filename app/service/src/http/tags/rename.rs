//! `PATCH /v1/tags/{id}`

use axum::Json;
use axum::extract::State;
use utoipa::ToSchema;

use domain::Invalid;
use domain::ports::Rename;
use domain::task::tag;

use super::TagBody;
use crate::http::caller::TaskWriter;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::tasks::TaskId as TagId;
use crate::http::{App, now};

/// A new name.
#[derive(ToSchema)]
#[schema(example = json!({"name": "office"}))]
pub(crate) struct RenameTag {
    /// Trimmed and put into lower case.
    #[schema(min_length = 1, max_length = 50)]
    name: String,
}

impl RenameTag {
    fn read(mut fields: Fields) -> Result<Self, Invalid> {
        let name = tag("name", &fields.text("name")?)?;
        fields.finish()?;
        Ok(Self { name })
    }
}

/// Renames a tag on all tasks at once.
///
/// Each task that carries the tag and is not deleted changes: it gets a new version (and entity tag), `updated_at` and
/// an event `todo.task.updated.v1`. A tag on more than 10000 tasks is not renamed (409 `tag_in_use`). The name that the
/// tag already has changes nothing; the name of another tag is refused (409 `tag_exists`).
#[utoipa::path(
    patch, path = "/v1/tags/{id}", tag = "tags",
    security(("bearer" = []), ("personal_token" = ["tasks:write"])), request_body = RenameTag,
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = TagBody),
        (status = 409, description = "`tag_exists`: another tag has this name, or `tag_in_use`: more than 10000 tasks have it."),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn rename_tag(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TagId(id): TagId,
    fields: Fields,
) -> Result<Json<TagBody>, Problem> {
    let RenameTag { name } = RenameTag::read(fields)?;
    let renamed = app.tags.rename(&Rename { user_id, id, name, at: now() }).await?;
    renamed.map(|tag| Json(tag.into())).ok_or_else(Problem::not_found)
}
