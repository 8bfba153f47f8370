//! Reminders of all tasks of a user.

use async_trait::async_trait;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use domain::page::Page;
use domain::ports::{Reminder, ReminderKey, ReminderQuery, Reminders, StoreError};

use super::Store;
use super::moment::Moment;
use super::tasks::row::DueRow;

const LIST: &str = "SELECT r.task_id, r.minutes_before, r.fire_at, t.title, t.due_date, t.due_local, t.due_zone, t.due_at \
     FROM reminders r JOIN tasks t ON t.id = r.task_id AND t.user_id = r.user_id \
     WHERE NOT t.completed AND t.deleted_at IS NULL AND r.fire_at IS NOT NULL AND r.user_id = ";

#[derive(FromRow)]
struct ReminderRow {
    task_id: Uuid,
    minutes_before: i32,
    fire_at: Moment,
    title: String,
    #[sqlx(flatten)]
    due: DueRow,
}

#[async_trait]
impl Reminders for Store {
    async fn list(
        &self,
        user_id: Uuid,
        query: &ReminderQuery,
    ) -> Result<Page<Reminder, ReminderKey>, StoreError> {
        let rows: Vec<ReminderRow> = self
            .read("list reminders", async |pool| {
                statement(user_id, query).build_query_as().fetch_all(&pool).await
            })
            .await?;
        let reminders = rows.into_iter().map(Reminder::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(reminders, query.page.limit, |reminder: &Reminder| ReminderKey {
            fire_at: reminder.fire_at,
            task_id: reminder.task_id,
            minutes_before: reminder.minutes_before,
        }))
    }
}

fn statement(user_id: Uuid, query: &ReminderQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(LIST);
    sql.push_bind(user_id);
    if let Some(from) = query.from {
        sql.push(" AND r.fire_at >= ").push_bind(Moment(from));
    }
    if let Some(until) = query.until {
        sql.push(" AND r.fire_at <= ").push_bind(Moment(until));
    }
    if let Some(ReminderKey { fire_at, task_id, minutes_before }) = query.page.after {
        sql.push(" AND (r.fire_at, r.task_id, r.minutes_before) > (").push_bind(Moment(fire_at));
        sql.push(", ").push_bind(task_id).push(", ").push_bind(i32::from(minutes_before)).push(")");
    }
    sql.push(" ORDER BY r.fire_at, r.task_id, r.minutes_before LIMIT ");
    sql.push_bind(i64::from(query.page.limit) + 1);
    sql
}

impl TryFrom<ReminderRow> for Reminder {
    type Error = StoreError;

    fn try_from(row: ReminderRow) -> Result<Self, StoreError> {
        let unreadable = |column: &'static str| {
            StoreError::Rejected(format!(
                "failed to read a reminder of \"{}\": unknown {column}",
                row.task_id
            ))
        };
        Ok(Self {
            task_id: row.task_id,
            title: row.title,
            minutes_before: u16::try_from(row.minutes_before).map_err(|_| unreadable("minutes_before"))?,
            fire_at: row.fire_at.0,
            due: row.due.read().and_then(|due| due.ok_or("due_at")).map_err(unreadable)?,
        })
    }
}
