//! Rows as domain values.

use sqlx::FromRow;
use uuid::Uuid;

use domain::account::Account;
use domain::ports::AuditEntry;

use super::moment::Moment;

#[derive(FromRow)]
pub(super) struct AccountRow {
    id: Uuid,
    email: Option<String>,
    name: Option<String>,
    created_at: Moment,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self { id: row.id, email: row.email, name: row.name, created_at: row.created_at.0 }
    }
}

#[derive(FromRow)]
pub(super) struct CredentialRow {
    #[sqlx(flatten)]
    pub(super) account: AccountRow,
    pub(super) password_hash: String,
}

#[derive(FromRow)]
pub(super) struct AuditRow {
    seq: i64,
    event_id: String,
    event_type: String,
    task_id: Uuid,
    data: serde_json::Value,
    occurred_at: Moment,
    recorded_at: Moment,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            seq: row.seq,
            event_id: row.event_id,
            event_type: row.event_type,
            task_id: row.task_id,
            data: row.data,
            occurred_at: row.occurred_at.0,
            recorded_at: row.recorded_at.0,
        }
    }
}
