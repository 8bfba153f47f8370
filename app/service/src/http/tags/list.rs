//! `GET /v1/tags`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Invalid;
use domain::page::{PageRequest, limit};
use domain::task::tag;

use super::TagBody;
use crate::http::App;
use crate::http::caller::TaskReader;
use crate::http::cursor::{self, Listing};
use crate::http::params::Params;
use crate::http::problem::Problem;

/// A page of tags by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct TagPage {
    items: Vec<TagBody>,
    /// Pass it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

/// The caller's tags by name (code points), also those that no task carries any more.
#[utoipa::path(
    get, path = "/v1/tags", tag = "tags",
    security(("bearer" = []), ("personal_token" = ["tasks:read"])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, default 10", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = TagPage),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_tags(
    State(app): State<App>,
    TaskReader(user_id): TaskReader,
    mut params: Params,
) -> Result<Json<TagPage>, Problem> {
    let limit = limit(params.take("limit").as_deref())?;
    let after = params.take("cursor").map(|cursor| decode(user_id, &cursor)).transpose()?;
    params.finish()?;
    let page = app.tags.list(user_id, PageRequest { after, limit }).await?;
    let next_cursor = page.next.map(|name| listing(user_id).cursor(name.as_bytes()));
    Ok(Json(TagPage { items: page.items.into_iter().map(TagBody::from).collect(), next_cursor }))
}

fn decode(user_id: Uuid, cursor: &str) -> Result<String, Invalid> {
    let name = String::from_utf8(listing(user_id).position(cursor)?).map_err(|_| cursor::invalid())?;
    // The name of a tag, or no cursor of this listing.
    tag("cursor", &name).map_err(|_| cursor::invalid())
}

fn listing(user_id: Uuid) -> Listing {
    Listing::new(user_id, "tags", b"")
}
