//! Local accounts. Addresses are looked up before a user is known, hence outside the fence.

use async_trait::async_trait;
use uuid::Uuid;

use domain::account::Account;
use domain::ports::{Accounts, StoreError};

use super::Store;
use super::error::{constraint, failed_to};
use super::moment::Moment;
use super::rows::{AccountRow, CredentialRow};

const INSERT: &str =
    "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
const BY_EMAIL: &str = "SELECT id, email, name, created_at, password_hash FROM users \
     WHERE email = $1 AND password_hash IS NOT NULL";
const BY_ID: &str = "SELECT id, email, name, created_at FROM users WHERE id = $1";

#[async_trait]
impl Accounts for Store {
    async fn create(&self, account: &Account, password_hash: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let inserted = sqlx::query(INSERT)
            .bind(account.id)
            .bind(&account.email)
            .bind(&account.name)
            .bind(password_hash)
            .bind(Moment(account.created_at))
            .execute(&mut *tx)
            .await;
        match inserted {
            Err(error) if constraint(&error) == Some("users_email_key") => {
                return Err(StoreError::EmailTaken);
            }
            inserted => inserted.map_err(failed_to("store an account"))?,
        };
        tx.commit().await.map_err(failed_to("store an account"))
    }

    async fn by_email(&self, email: &str) -> Result<Option<(Account, String)>, StoreError> {
        let row: Option<CredentialRow> = self
            .read("read an account", async |pool| {
                sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(&pool).await
            })
            .await?;
        Ok(row.map(|row| (row.account.into(), row.password_hash)))
    }

    async fn by_id(&self, id: Uuid) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = self
            .read("read an account", async |pool| sqlx::query_as(BY_ID).bind(id).fetch_optional(&pool).await)
            .await?;
        Ok(row.map(Account::from))
    }
}
