//! Listings of tasks: one statement per page, assembled from constant parts; all that comes from a request is bound.

mod scan;
mod select;

use sqlx::postgres::{PgPool, Postgres};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use domain::page::Page;
use domain::ports::StoreError;
use domain::query::{Order, RANKED_MAX, Sort, SortValue, TaskKey, TaskQuery};
use domain::task::Task;

use super::row::{TaskRow, select_task, task_columns, task_tables};
use crate::store::Store;
use crate::store::moment::Moment;
use scan::Scan;
use select::{Selection, after, bind_search, column, matching, ordered};

const TASKS: &str = select_task!("");
const PAGE: &str = select_task!("JOIN (");
const RANKED_PAGE: &str = concat!("SELECT ", task_columns!(), ", p.rank FROM ", task_tables!(), " JOIN (");
/// The newest matches, ranked.
const CANDIDATES: &str = "SELECT c.id, c.created_at, ts_rank(c.search, ";
const OF_NEWEST: &str = ") AS rank FROM (SELECT t.id, t.created_at, t.search FROM tasks t WHERE ";

const TAG: &str = "SELECT id FROM tags WHERE user_id = $1 AND name = $2";

type Statement = QueryBuilder<Postgres>;

/// A task and how well it matches.
#[derive(FromRow)]
struct Ranked {
    #[sqlx(flatten)]
    task: TaskRow,
    rank: f32,
}

/// A page of the user's tasks.
pub(super) async fn page(
    store: &Store,
    user_id: Uuid,
    query: &TaskQuery,
) -> Result<Page<Task, TaskKey>, StoreError> {
    let Some(selection) = select(store, user_id, query).await? else {
        return Ok(Page { items: Vec::new(), next: None });
    };
    let rows = store.read("list tasks", async |pool| rows(&pool, selection).await).await?;
    let ranked = rows.into_iter().map(|row| Task::try_from(row.task).map(|task| (task, row.rank)));
    let ranked = ranked.collect::<Result<Vec<_>, _>>()?;
    let page = Page::from_rows(ranked, query.page.limit, |(task, rank)| TaskKey::of(task, query.sort, *rank));
    Ok(Page { items: page.items.into_iter().map(|(task, _)| task).collect(), next: page.next })
}

/// How many tasks the query selects.
pub(super) async fn count(store: &Store, user_id: Uuid, query: &TaskQuery) -> Result<u64, StoreError> {
    let Some(selection) = select(store, user_id, query).await? else { return Ok(0) };
    let count: i64 = store
        .read("count tasks", async |pool| {
            let mut sql = Statement::new("SELECT count(*) FROM tasks t WHERE ");
            matching(&mut sql, selection);
            sql.build_query_scalar().persistent(is_common(query)).fetch_one(&pool).await
        })
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// `None` if nothing is selected: by a search without words, or a tag that does not exist.
async fn select<'a>(
    store: &Store,
    user_id: Uuid,
    query: &'a TaskQuery,
) -> Result<Option<Selection<'a>>, StoreError> {
    if query.filter.search.as_ref().is_some_and(|search| search.words().is_empty()) {
        return Ok(None);
    }
    let Some(tag) = &query.filter.tag else { return Ok(Some(Selection { user_id, tag_id: None, query })) };
    let tag_id: Option<Uuid> = store
        .read("find a tag", async |pool| {
            sqlx::query_scalar(TAG).bind(user_id).bind(tag).fetch_optional(&pool).await
        })
        .await?;
    Ok(tag_id.map(|tag_id| Selection { user_id, tag_id: Some(tag_id), query }))
}

/// Whether the statement stays prepared. Statements with other filters are planned with their values, because the best
/// plan depends on how many tasks match.
fn is_common(query: &TaskQuery) -> bool {
    let filter = domain::query::TaskFilter { completed: None, ..query.filter.clone() };
    filter == domain::query::TaskFilter::default()
}

async fn rows(pool: &PgPool, selection: Selection<'_>) -> Result<Vec<Ranked>, sqlx::Error> {
    let query = selection.query;
    let common = is_common(query);
    if query.sort == Sort::Relevance {
        let mut sql = by_relevance(selection);
        return sql.build_query_as().persistent(common).fetch_all(pool).await;
    }
    let mut sql = if Scan::serves(query.sort) { by_scans(selection) } else { by_column(selection) };
    let rows: Vec<TaskRow> = sql.build_query_as().persistent(common).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|task| Ranked { task, rank: 0.0 }).collect())
}

/// In the order of an index: sort key, then id.
fn by_column(selection: Selection<'_>) -> Statement {
    let query = selection.query;
    let mut sql = Statement::new(TASKS);
    sql.push("WHERE ");
    matching(&mut sql, selection);
    after(&mut sql, query, false);
    ordered(&mut sql, query);
    limit(&mut sql, query);
    sql
}

/// In the order of several scans of an index that are merged: open and done tasks lie apart in it, and so do tasks
/// without a due date, because an index has nulls last in one direction only.
fn by_scans(selection: Selection<'_>) -> Statement {
    let query = selection.query;
    let mut sql = Statement::new(PAGE);
    sql.push("SELECT u.id FROM (");
    for (number, scan) in Scan::all(query).into_iter().enumerate() {
        sql.push(if number == 0 { "(" } else { " UNION ALL (" });
        sql.push("SELECT t.id, ").push(column(query.sort)).push(" AS value FROM tasks t WHERE ");
        sql.push(scan.condition()).push(" AND ");
        matching(&mut sql, selection);
        after(&mut sql, query, scan.undated);
        ordered(&mut sql, query);
        limit(&mut sql, query);
        sql.push(")");
    }
    sql.push(match query.order {
        Order::Asc => ") u ORDER BY u.value NULLS LAST, u.id",
        Order::Desc => ") u ORDER BY u.value DESC NULLS LAST, u.id DESC",
    });
    limit(&mut sql, query);
    sql.push(") p ON p.id = t.id ORDER BY ").push(column(query.sort));
    sql.push(if query.order == Order::Asc { " NULLS LAST, t.id" } else { " DESC NULLS LAST, t.id DESC" });
    sql
}

/// By rank among the newest matches, so that the cost does not grow with the matches.
fn by_relevance(selection: Selection<'_>) -> Statement {
    let query = selection.query;
    let mut sql = Statement::new(RANKED_PAGE);
    sql.push("SELECT r.id, r.rank FROM (").push(CANDIDATES);
    bind_search(&mut sql, selection);
    sql.push(OF_NEWEST);
    matching(&mut sql, selection);
    sql.push(" ORDER BY t.created_at DESC, t.id DESC LIMIT ").push_bind(i64::from(RANKED_MAX));
    sql.push(") c) r");
    if let Some(TaskKey { value: SortValue::Relevance(rank, created_at), id }) = &query.page.after {
        sql.push(" WHERE (r.rank, r.created_at, r.id) ");
        sql.push(if query.order == Order::Asc { "> (" } else { "< (" });
        sql.push_bind(*rank).push(", ").push_bind(Moment(*created_at)).push(", ").push_bind(*id).push(")");
    }
    let order = match query.order {
        Order::Asc => " ORDER BY r.rank, r.created_at, r.id",
        Order::Desc => " ORDER BY r.rank DESC, r.created_at DESC, r.id DESC",
    };
    sql.push(order);
    limit(&mut sql, query);
    sql.push(match query.order {
        Order::Asc => ") p ON p.id = t.id ORDER BY p.rank, t.created_at, t.id",
        Order::Desc => ") p ON p.id = t.id ORDER BY p.rank DESC, t.created_at DESC, t.id DESC",
    });
    sql
}

/// One row more than the page tells whether more follow.
fn limit(sql: &mut Statement, query: &TaskQuery) {
    sql.push(" LIMIT ").push_bind(i64::from(query.page.limit) + 1);
}
