//! Conditions and orders of a listing.

use uuid::Uuid;

use domain::query::{Order, Search, Sort, SortValue, TaskKey, TaskQuery};

use super::{Scan, Statement};
use crate::store::moment::Moment;

const TAGGED: &str =
    " AND EXISTS (SELECT FROM task_tags l WHERE l.task_id = t.id AND l.user_id = t.user_id AND l.tag_id = ";
const REMINDED: &str = "EXISTS (SELECT FROM reminders r WHERE r.task_id = t.id AND r.user_id = t.user_id)";

/// What a statement is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'a> {
    pub(super) user_id: Uuid,
    /// The tag of the filter: how many tasks have it can only be estimated by its id.
    pub(super) tag_id: Option<Uuid>,
    pub(super) query: &'a TaskQuery,
}

/// The conditions of the filter.
pub(super) fn matching(sql: &mut Statement, selection: Selection<'_>) {
    let query = selection.query;
    let filter = &query.filter;
    sql.push("t.user_id = ").push_bind(selection.user_id);
    sql.push(if filter.deleted { " AND t.deleted_at IS NOT NULL" } else { " AND t.deleted_at IS NULL" });
    if let Some(completed) = filter.completed {
        sql.push(if completed { " AND t.completed" } else { " AND NOT t.completed" });
    }
    if let Some(recurring) = filter.recurring {
        sql.push(if recurring { " AND t.series_id IS NOT NULL" } else { " AND t.series_id IS NULL" });
    }
    if let Some(reminded) = filter.has_reminder {
        sql.push(if reminded { " AND " } else { " AND NOT " }).push(REMINDED);
    }
    if let Some(priority) = filter.priority {
        sql.push(" AND t.priority = ").push_bind(priority.as_str());
    }
    if let Some(tag_id) = selection.tag_id {
        sql.push(TAGGED).push_bind(tag_id).push(")");
    }
    due(sql, query);
    if filter.search.is_some() {
        sql.push(" AND t.search @@ ");
        bind_search(sql, selection);
    }
}

fn due(sql: &mut Statement, query: &TaskQuery) {
    let filter = &query.filter;
    let ranged = filter.due_before.is_some() || filter.due_after.is_some();
    if ranged && filter.completed.is_none() && !Scan::serves(query.sort) {
        // Excludes nothing, and makes the range one of the index.
        sql.push(" AND t.completed IN (false, true)");
    }
    if let Some(before) = filter.due_before {
        sql.push(" AND t.due_at <= ").push_bind(Moment(before));
    }
    if let Some(after) = filter.due_after {
        sql.push(" AND t.due_at >= ").push_bind(Moment(after));
    }
    match filter.is_overdue {
        Some(true) => {
            sql.push(" AND NOT t.completed AND t.overdue_at <= ").push_bind(Moment(query.now));
            // Follows from it, and is a range of the index.
            sql.push(" AND t.due_at <= ").push_bind(Moment(query.now));
        }
        Some(false) => {
            sql.push(" AND (t.completed OR t.overdue_at IS NULL OR t.overdue_at > ");
            sql.push_bind(Moment(query.now)).push(")");
        }
        None => {}
    }
}

/// The words as a tsquery of the user's lexemes.
pub(super) fn bind_search(sql: &mut Statement, selection: Selection<'_>) {
    let text = selection.query.filter.search.as_ref().map(tsquery).unwrap_or_default();
    sql.push("todo_search_query(").push_bind(selection.user_id).push(", ").push_bind(text).push(")");
}

/// Each word quoted and as a prefix. PostgreSQL's parser splits what is quoted, as it split the titles.
fn tsquery(search: &Search) -> String {
    let quoted = search.words().iter().map(|word| word.replace('\\', "\\\\").replace('\'', "''"));
    quoted.map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ")
}

/// Rows after the cursor. `undated` rows have no due date: all of them are after a dated one.
pub(super) fn after(sql: &mut Statement, query: &TaskQuery, undated: bool) {
    let Some(TaskKey { value, id }) = &query.page.after else { return };
    if undated {
        if *value == SortValue::Due(None) {
            sql.push(if query.order == Order::Asc { " AND t.id > " } else { " AND t.id < " }).push_bind(*id);
        }
        return;
    }
    sql.push(" AND (").push(column(query.sort));
    sql.push(if query.order == Order::Asc { ", t.id) > (" } else { ", t.id) < (" });
    match value {
        SortValue::Created(at) | SortValue::Updated(at) | SortValue::Relevance(_, at) => {
            sql.push_bind(Moment(*at));
        }
        SortValue::Due(at) => {
            sql.push_bind(at.map(Moment));
        }
        SortValue::Priority(priority) => {
            sql.push_bind(priority.as_str());
        }
        SortValue::Title(title) => {
            sql.push("lower(").push_bind(title.clone()).push(") COLLATE \"C\"");
        }
    }
    sql.push(", ").push_bind(*id).push(")");
}

/// Sort key, then id, both in the same direction.
pub(super) fn ordered(sql: &mut Statement, query: &TaskQuery) {
    sql.push(" ORDER BY ").push(column(query.sort));
    sql.push(if query.order == Order::Asc { ", t.id" } else { " DESC, t.id DESC" });
}

pub(super) const fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::Created | Sort::Relevance => "t.created_at",
        Sort::Updated => "t.updated_at",
        Sort::Due => "t.due_at",
        Sort::Priority => "t.priority",
        Sort::Title => "lower(t.title) COLLATE \"C\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_operators_are_part_of_words() {
        let search = Search::read(r"it's a\b :*x&y").expect("valid").expect("a search");
        assert_eq!(tsquery(&search), r"'it''s':* & 'a\\b':* & ':*x&y':*");
    }
}
