//! Users behind the tokens of other issuers, and the end of accounts.

use async_trait::async_trait;
use sqlx::PgConnection;
use uuid::Uuid;

use domain::account::Account;
use domain::identity::{Erasure, Identities, Identity};
use domain::ports::StoreError;

use super::error::failed_to;
use super::moment::Moment;
use super::{Store, contended};

const FIND: &str = "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2";
const EXISTS: &str = "SELECT EXISTS (SELECT FROM users WHERE id = $1)";
const INSERT_USER: &str =
    "INSERT INTO users (id, email, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const INSERT_IDENTITY: &str = "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING";
const PASSWORD_HASH: &str = "SELECT password_hash FROM users WHERE id = $1";
/// In this order: the first statement waits for changes to the user's tasks that are at work, so that the later ones
/// see the outbox rows of those.
const ERASE: [&str; 4] = [
    "DELETE FROM users WHERE id = $1",
    "INSERT INTO erased_users (user_id) VALUES ($1) ON CONFLICT DO NOTHING",
    "DELETE FROM outbox WHERE user_id = $1",
    "DELETE FROM audit_log WHERE user_id = $1",
];

#[async_trait]
impl Identities for Store {
    async fn admit(&self, identity: &Identity, newcomer: &Account) -> Result<Uuid, StoreError> {
        if let Some(user_id) = self.find(identity).await? {
            return Ok(user_id);
        }
        if self.enter(identity, newcomer).await? {
            return Ok(newcomer.id);
        }
        // Another request was faster.
        let found = self.find(identity).await?;
        found.ok_or_else(|| StoreError::Unavailable("the user was deleted at this moment".to_owned()))
    }

    async fn exists(&self, user_id: Uuid) -> Result<bool, StoreError> {
        self.read("read an account", async |pool| {
            sqlx::query_scalar(EXISTS).bind(user_id).fetch_one(&pool).await
        })
        .await
    }
}

impl Store {
    async fn find(&self, identity: &Identity) -> Result<Option<Uuid>, StoreError> {
        self.read("read an identity", async |pool| {
            sqlx::query_scalar(FIND)
                .bind(&identity.issuer)
                .bind(&identity.subject)
                .fetch_optional(&pool)
                .await
        })
        .await
    }

    /// Makes user and identity; `false`, and nothing is made, if the identity is there.
    async fn enter(&self, identity: &Identity, newcomer: &Account) -> Result<bool, StoreError> {
        let mut tx = self.begin_as(newcomer.id).await?;
        if !insert_user(&mut tx, newcomer, newcomer.email.as_deref()).await? {
            insert_user(&mut tx, newcomer, None).await?;
        }
        let entered = sqlx::query(INSERT_IDENTITY)
            .bind(&identity.issuer)
            .bind(&identity.subject)
            .bind(newcomer.id)
            .bind(Moment(newcomer.created_at))
            .execute(&mut *tx)
            .await
            .map_err(failed_to("store an identity"))?;
        if entered.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await.map_err(failed_to("store an identity"))?;
        Ok(true)
    }
}

/// `false` if another account has the address.
async fn insert_user(
    connection: &mut PgConnection,
    newcomer: &Account,
    email: Option<&str>,
) -> Result<bool, StoreError> {
    sqlx::query(INSERT_USER)
        .bind(newcomer.id)
        .bind(email)
        .bind(&newcomer.name)
        .bind(Moment(newcomer.created_at))
        .execute(connection)
        .await
        .map(|inserted| inserted.rows_affected() == 1)
        .map_err(failed_to("store an account"))
}

#[async_trait]
impl Erasure for Store {
    async fn password_hash(&self, user_id: Uuid) -> Result<Option<Option<String>>, StoreError> {
        self.read("read an account", async |pool| {
            sqlx::query_scalar(PASSWORD_HASH).bind(user_id).fetch_optional(&pool).await
        })
        .await
    }

    async fn erase(&self, user_id: Uuid) -> Result<(), StoreError> {
        contended(|| self.try_erase(user_id)).await
    }
}

impl Store {
    async fn try_erase(&self, user_id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.begin_as(user_id).await?;
        for statement in ERASE {
            sqlx::query(statement)
                .bind(user_id)
                .execute(&mut *tx)
                .await
                .map_err(failed_to("delete an account"))?;
        }
        tx.commit().await.map_err(failed_to("delete an account"))
    }
}
