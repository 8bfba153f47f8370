//! `GET /v1/recurrence/preview`

use std::str::FromStr;

use axum::Json;
use jiff::{SignedDuration, Timestamp, civil};
use serde::Serialize;
use utoipa::ToSchema;

use domain::Invalid;
use domain::recurrence::{Anchor, Occurrence, Rule, Series, Zone};

use super::caller::TaskReader;
use super::now;
use super::params::Params;
use super::problem::Problem;
use super::tasks::parse_local;

/// Occurrences when the request does not say.
const COUNT_DEFAULT: usize = 5;
/// Most occurrences.
const COUNT_MAX: usize = 20;

/// An occurrence.
#[derive(Serialize, ToSchema)]
#[schema(as = Occurrence)]
pub(super) struct OccurrenceBody {
    /// The time of the clock on the wall that the rule gives.
    #[schema(value_type = String)]
    local: civil::DateTime,
    /// When that is. A local time that the zone skips moves forward; of one that comes twice it is the first.
    #[schema(value_type = String, format = DateTime)]
    instant: Timestamp,
}

/// What a rule gives.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [
    {"local": "2026-01-31T09:00:00", "instant": "2026-01-31T08:00:00Z"},
    {"local": "2026-02-28T09:00:00", "instant": "2026-02-28T08:00:00Z"},
    {"local": "2026-03-31T09:00:00", "instant": "2026-03-31T07:00:00Z"}]}))]
pub(super) struct Preview {
    /// The first occurrences; fewer than asked for if the rule ends.
    items: Vec<OccurrenceBody>,
}

impl From<Occurrence> for OccurrenceBody {
    fn from(occurrence: Occurrence) -> Self {
        Self { local: occurrence.local, instant: occurrence.instant }
    }
}

/// The first occurrences of a rule at or after a local time.
#[utoipa::path(
    get, path = "/v1/recurrence/preview", tag = "recurrence",
    security(("bearer" = []), ("personal_token" = ["tasks:read"])),
    params(
        ("rule" = String, Query, max_length = 255, example = "monthly",
            description = "`daily`, `weekly` or `monthly`, a cron expression with 5 fields, or an RRULE (RFC 5545)"),
        ("zone" = Option<String>, Query, description = "IANA name; default UTC", example = "Europe/Berlin"),
        ("start" = Option<String>, Query, example = "2026-01-31T09:00",
            description = "Local time where the series starts; it is an occurrence if the rule matches it. Default: now"),
        ("count" = Option<u32>, Query, description = "1 to 20, default 5", minimum = 1, maximum = 20),
    ),
    responses(
        (status = 200, body = Preview),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn preview_recurrence(_: TaskReader, mut params: Params) -> Result<Json<Preview>, Problem> {
    let rule = params.take("rule").ok_or_else(|| Invalid::input("rule", "is required"))?;
    let rule = Rule::from_str(&rule).map_err(about_rule)?;
    let zone = params.take("zone").map(|name| name.parse::<Zone>()).transpose()?.unwrap_or_default();
    let start = match params.take("start") {
        Some(text) => parse_local("start", &text)?,
        None => to_minute(zone.local(now())),
    };
    let count = count(params.take("count").as_deref())?;
    params.finish()?;
    let series = Series::new(rule, zone, start, Anchor::Due).map_err(about_rule)?;
    // Occurrences are strictly after the time given.
    let before = start.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(start);
    let items = series.preview(before, count).into_iter().map(OccurrenceBody::from).collect();
    Ok(Json(Preview { items }))
}

/// The rule is a parameter here.
fn about_rule(invalid: Invalid) -> Invalid {
    Invalid { field: "rule".to_owned(), ..invalid }
}

fn count(text: Option<&str>) -> Result<usize, Invalid> {
    let Some(text) = text else { return Ok(COUNT_DEFAULT) };
    let count = text.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    count.ok_or_else(|| Invalid::input("count", format!("must be a whole number from 1 to {COUNT_MAX}")))
}

fn to_minute(local: civil::DateTime) -> civil::DateTime {
    local.date().at(local.hour(), local.minute(), 0, 0)
}
