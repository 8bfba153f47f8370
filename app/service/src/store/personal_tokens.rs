//! Personal API tokens.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use domain::identity::{PersonalToken, PersonalTokens, Room, Scope, TOKENS_MAX, TokenHash};
use domain::ports::StoreError;

use super::Store;
use super::error::{constraint, failed_to};
use super::moment::Moment;

/// Lets one request of a user count and insert at a time; ends with the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('personal_tokens ' || $1::uuid, 0))";
const FORGET_EXPIRED: &str = "DELETE FROM personal_tokens WHERE user_id = $1 AND expires_at <= $2";
const INSERT: &str = "INSERT INTO personal_tokens (id, user_id, name, scopes, hash, created_at, expires_at) \
     SELECT $1, $2, $3, $4, $5, $6, $7 \
     WHERE (SELECT count(*) FROM personal_tokens WHERE user_id = $2) < $8";
const LIST: &str = "SELECT id, user_id, name, scopes, created_at, expires_at, last_used_at FROM personal_tokens \
     WHERE user_id = $1 ORDER BY id DESC";
const DELETE: &str = "DELETE FROM personal_tokens WHERE id = $1 AND user_id = $2";
const REDEEM: &str = "SELECT id, user_id, name, scopes, created_at, expires_at, last_used_at FROM personal_tokens \
     WHERE hash = $1 AND expires_at > $2";
const USED: &str = "UPDATE personal_tokens SET last_used_at = date_trunc('minute', $3::timestamptz) \
     WHERE id = $1 AND user_id = $2";

#[derive(FromRow)]
struct TokenRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    scopes: Vec<String>,
    created_at: Moment,
    expires_at: Moment,
    last_used_at: Option<Moment>,
}

impl From<TokenRow> for PersonalToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            // A scope of a newer release gives no right here.
            scopes: row.scopes.iter().filter_map(|name| Scope::named(name)).collect(),
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
            last_used_at: row.last_used_at.map(|moment| moment.0),
        }
    }
}

#[async_trait]
impl PersonalTokens for Store {
    async fn create(
        &self,
        user_id: Uuid,
        token: &PersonalToken,
        hash: TokenHash,
    ) -> Result<Room, StoreError> {
        let failed = failed_to("store a personal API token");
        let mut tx = self.begin_as(user_id).await?;
        sqlx::query(LOCK).bind(user_id).execute(&mut *tx).await.map_err(&failed)?;
        let now = Moment(token.created_at);
        sqlx::query(FORGET_EXPIRED).bind(user_id).bind(now).execute(&mut *tx).await.map_err(&failed)?;
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let inserted = sqlx::query(INSERT)
            .bind(token.id)
            .bind(user_id)
            .bind(&token.name)
            .bind(scopes)
            .bind(hash.as_slice())
            .bind(now)
            .bind(Moment(token.expires_at))
            .bind(TOKENS_MAX)
            .execute(&mut *tx)
            .await;
        let inserted = match inserted {
            Err(error) if constraint(&error) == Some("personal_tokens_user_id_fkey") => {
                return Err(StoreError::NoSuchUser);
            }
            inserted => inserted.map_err(&failed)?.rows_affected(),
        };
        tx.commit().await.map_err(&failed)?;
        Ok(if inserted == 1 { Room::Stored } else { Room::Full })
    }

    async fn list(&self, user_id: Uuid) -> Result<Vec<PersonalToken>, StoreError> {
        let rows: Vec<TokenRow> = self
            .read("list personal API tokens", async |pool| {
                sqlx::query_as(LIST).bind(user_id).fetch_all(&pool).await
            })
            .await?;
        Ok(rows.into_iter().map(PersonalToken::from).collect())
    }

    async fn delete(&self, user_id: Uuid, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin_as(user_id).await?;
        let deleted = sqlx::query(DELETE)
            .bind(id)
            .bind(user_id)
            .execute(&mut *tx)
            .await
            .map_err(failed_to("delete a personal API token"))?;
        tx.commit().await.map_err(failed_to("delete a personal API token"))?;
        Ok(deleted.rows_affected() == 1)
    }

    async fn redeem(
        &self,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(Uuid, PersonalToken)>, StoreError> {
        let row: Option<TokenRow> = self
            .read("read a personal API token", async |pool| {
                sqlx::query_as(REDEEM).bind(hash.as_slice()).bind(Moment(now)).fetch_optional(&pool).await
            })
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (user_id, token) = (row.user_id, PersonalToken::from(row));
        let minute = |moment: Timestamp| moment.as_second().div_euclid(60);
        if token.last_used_at.map(minute) != Some(minute(now)) {
            // When it was used is for people to look at: the request does not depend on it.
            if let Err(error) = self.note_use(user_id, token.id, now).await {
                tracing::warn!(%error, "the use of a personal API token was not noted");
            }
        }
        Ok(Some((user_id, token)))
    }
}

impl Store {
    /// At most once a minute for each token and replica.
    async fn note_use(&self, user_id: Uuid, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let failed = failed_to("note the use of a personal API token");
        let mut tx = self.begin_as(user_id).await?;
        let noted = sqlx::query(USED).bind(id).bind(user_id).bind(Moment(now));
        noted.execute(&mut *tx).await.map_err(&failed)?;
        tx.commit().await.map_err(&failed)
    }
}
