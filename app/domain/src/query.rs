//! Which tasks a listing selects, and in which order.

mod filter;
mod order;
mod search;

use jiff::Timestamp;
use uuid::Uuid;

use crate::invalid::Invalid;
use crate::page::{self, PageRequest};
use crate::task::{Priority, Task};

pub use filter::{TaskFilter, flag, from, until};
pub use order::{Order, Sort};
pub use search::{SEARCH_MAX, Search};

/// Matches that are ranked: the newest ones. Ranking has to look at each.
pub const RANKED_MAX: u32 = 1000;

/// A listing of tasks, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskQuery {
    /// Which tasks.
    pub filter: TaskFilter,
    /// By what they are sorted.
    pub sort: Sort,
    /// In which direction.
    pub order: Order,
    /// Where the page starts and how long it may be.
    pub page: PageRequest<TaskKey>,
    /// The time that tells what is overdue.
    pub now: Timestamp,
}

/// Position of a row in a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskKey {
    /// What the listing is sorted by.
    pub value: SortValue,
    /// Tie-break.
    pub id: Uuid,
}

/// What a listing is sorted by, of one row.
#[derive(Clone, Debug, PartialEq)]
pub enum SortValue {
    /// `created_at`.
    Created(Timestamp),
    /// `updated_at`.
    Updated(Timestamp),
    /// `due_at`; none is last in both directions.
    Due(Option<Timestamp>),
    /// P1 is the lowest.
    Priority(Priority),
    /// Compared in lower case.
    Title(String),
    /// The rank, and `created_at` of equal ranks.
    Relevance(f32, Timestamp),
}

impl TaskQuery {
    /// Reads the parameters `search`, `completed`, `priority`, `tag`, `due_before`, `due_after`, `has_reminder`,
    /// `is_overdue`, `recurring`, `deleted`, `sort`, `order` and `limit`; `take` gives each one's text. The page is the
    /// first.
    pub fn read(now: Timestamp, mut take: impl FnMut(&str) -> Option<String>) -> Result<Self, Invalid> {
        let filter = TaskFilter::read(&mut take)?;
        let sort = match take("sort") {
            Some(text) => text.parse()?,
            None if filter.search.is_some() => Sort::Relevance,
            None => Sort::Created,
        };
        if sort == Sort::Relevance && filter.search.is_none() {
            return Err(Invalid::input("sort", "relevance needs search"));
        }
        let order = take("order").map_or(Ok(sort.default_order()), |text| text.parse())?;
        let limit = page::limit(take("limit").as_deref())?;
        Ok(Self { filter, sort, order, page: PageRequest { after: None, limit }, now })
    }
}

impl TaskKey {
    /// The position of a task; `rank` counts only when a listing is sorted by relevance.
    #[must_use]
    pub fn of(task: &Task, sort: Sort, rank: f32) -> Self {
        let value = match sort {
            Sort::Created => SortValue::Created(task.created_at),
            Sort::Updated => SortValue::Updated(task.updated_at),
            Sort::Due => SortValue::Due(task.due.as_ref().map(crate::task::Due::at)),
            Sort::Priority => SortValue::Priority(task.priority),
            Sort::Title => SortValue::Title(task.title.clone()),
            Sort::Relevance => SortValue::Relevance(rank, task.created_at),
        };
        Self { value, id: task.id }
    }
}

#[cfg(test)]
#[path = "query/tests.rs"]
mod tests;
