//! Positions in a listing of tasks.

use jiff::Timestamp;
use uuid::Uuid;

use domain::Invalid;
use domain::query::{Order, Sort, SortValue, TaskKey, TaskQuery};
use domain::task::{Priority, TITLE_MAX};

use super::{Listing, invalid};

/// The earliest instant that a row can have: PostgreSQL knows none before 4713 BC, and dates start in the year 1.
const EARLIEST: Timestamp = Timestamp::constant(-100_000_000_000, 0);

pub(in crate::http) fn encode_task_key(user_id: Uuid, query: &TaskQuery, key: &TaskKey) -> String {
    let mut bytes = key.id.as_bytes().to_vec();
    match &key.value {
        SortValue::Created(at) | SortValue::Updated(at) | SortValue::Due(Some(at)) => {
            bytes.extend(at.as_microsecond().to_be_bytes());
        }
        SortValue::Due(None) => {}
        SortValue::Priority(priority) => bytes.extend(priority.as_str().bytes()),
        SortValue::Title(title) => bytes.extend(title.bytes()),
        SortValue::Relevance(rank, at) => {
            bytes.extend(at.as_microsecond().to_be_bytes());
            bytes.extend(rank.to_be_bytes());
        }
    }
    listing(user_id, query).cursor(&bytes)
}

pub(in crate::http) fn decode_task_key(
    user_id: Uuid,
    query: &TaskQuery,
    cursor: &str,
) -> Result<TaskKey, Invalid> {
    let bytes = listing(user_id, query).position(cursor)?;
    let (id, value) = bytes.split_first_chunk().ok_or_else(invalid)?;
    let value = sort_value(query.sort, value).ok_or_else(invalid)?;
    Ok(TaskKey { value, id: Uuid::from_bytes(*id) })
}

fn sort_value(sort: Sort, bytes: &[u8]) -> Option<SortValue> {
    Some(match sort {
        Sort::Created => SortValue::Created(moment(bytes)?),
        Sort::Updated => SortValue::Updated(moment(bytes)?),
        Sort::Due if bytes.is_empty() => SortValue::Due(None),
        Sort::Due => SortValue::Due(Some(moment(bytes)?)),
        Sort::Priority => SortValue::Priority(text(bytes)?.parse::<Priority>().ok()?),
        Sort::Title => SortValue::Title(text(bytes)?.to_owned()),
        Sort::Relevance => {
            let (at, rank) = bytes.split_at_checked(8)?;
            let rank = f32::from_be_bytes(rank.try_into().ok()?);
            SortValue::Relevance(Some(rank).filter(|rank| rank.is_finite())?, moment(at)?)
        }
    })
}

pub(super) fn moment(bytes: &[u8]) -> Option<Timestamp> {
    let at = Timestamp::from_microsecond(i64::from_be_bytes(bytes.try_into().ok()?)).ok()?;
    Some(at).filter(|at| *at >= EARLIEST)
}

/// A text that a task can have: PostgreSQL takes no other.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text).filter(|text| !text.contains('\0') && text.chars().count() <= TITLE_MAX)
}

fn listing(user_id: Uuid, query: &TaskQuery) -> Listing {
    let sort = match query.sort {
        Sort::Created => "created",
        Sort::Updated => "updated",
        Sort::Due => "due",
        Sort::Priority => "priority",
        Sort::Title => "title",
        Sort::Relevance => "relevance",
    };
    let order = if query.order == Order::Asc { "asc" } else { "desc" };
    let filter = serde_json::to_string(&query.filter).expect("a filter has only string keys");
    Listing::new(user_id, "tasks", format!("{sort} {order} {filter}").as_bytes())
}

#[cfg(test)]
#[path = "task_key/tests.rs"]
mod tests;
