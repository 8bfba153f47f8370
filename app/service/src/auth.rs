//! Whose tokens are accepted: own accounts, other issuers and personal API tokens.

mod admissions;
mod fault;
mod fetch;
mod issuer;
mod jwt;
mod key_set;
mod own;
mod personal;
mod remote_keys;

use std::sync::Arc;

use jiff::Timestamp;
use tracing::debug;
use uuid::Uuid;

use domain::identity::{Access, Grant, Identities, Identity, PersonalTokens, newcomer};

pub use fault::{Fault, Refusal};
pub use fetch::ClientError;
pub use issuer::{IssuerSettings, KeysFrom};
pub use jsonwebtoken::Algorithm;
pub use own::{ISSUER, LIFETIME_SECONDS, Tokens};
pub use personal::NewSecret;

use admissions::{Admission, Admissions};
use issuer::Issuer;

/// Longest token that is looked at: Better Auth puts the whole user into it.
const TOKEN_MAX_BYTES: usize = 8 * 1024;

/// Finds the user of a token.
pub struct Authenticator {
    tokens: Tokens,
    issuers: Vec<Issuer>,
    identities: Arc<dyn Identities>,
    personal: Arc<dyn PersonalTokens>,
    admissions: Admissions,
}

impl Authenticator {
    /// Fails if the HTTP client for key sets cannot be made; without issuers that have one it is not needed.
    pub fn new(
        tokens: Tokens,
        issuers: Vec<IssuerSettings>,
        identities: Arc<dyn Identities>,
        personal: Arc<dyn PersonalTokens>,
    ) -> Result<Self, ClientError> {
        let issuers = issuers.into_iter().map(Issuer::new).collect::<Result<_, _>>()?;
        Ok(Self { tokens, issuers, identities, personal, admissions: Admissions::new() })
    }

    /// A token of 24 hours for an account of our own.
    #[must_use]
    pub fn issue(&self, user_id: Uuid, now: Timestamp) -> String {
        self.tokens.issue(user_id, now)
    }

    /// The user behind a token and what it allows. A verified token is good for 10 seconds without another look at
    /// its signature, its issuer's keys and the database, and never beyond its end.
    pub async fn authenticate(&self, token: &str, now: Timestamp) -> Result<Access, Refusal> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(Fault::TooLong.into());
        }
        let hash = personal::hash(token);
        if let Some(access) = self.admissions.get(&hash, now) {
            return Ok(access);
        }
        let verified = if token.starts_with(personal::PREFIX) {
            self.redeem(token, now).await
        } else {
            self.verify(token, now).await
        };
        let admission = verified.inspect_err(|refusal| debug!(%refusal, "a token was refused"))?;
        let access = admission.access.clone();
        self.admissions.put(hash, admission, now);
        Ok(access)
    }

    /// Makes this process look again at all tokens of a user; other replicas do within 10 seconds.
    pub fn forget(&self, user_id: Uuid) {
        self.admissions.forget(user_id);
    }

    async fn redeem(&self, token: &str, now: Timestamp) -> Result<Admission, Refusal> {
        if !personal::is_well_formed(token) {
            return Err(Fault::UnknownToken.into());
        }
        let found = self.personal.redeem(personal::hash(token), now).await?;
        let (user_id, token) = found.ok_or(Fault::UnknownToken)?;
        Ok(Admission {
            access: Access { user_id, grant: Grant::Personal(token.scopes) },
            expires_at: token.expires_at,
        })
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<Admission, Refusal> {
        let unverified = jwt::peek(token)?;
        let (user_id, expires_at) = if unverified.issuer == ISSUER {
            self.own(token, now).await?
        } else {
            let issuer = self.issuers.iter().find(|issuer| issuer.name() == unverified.issuer);
            self.foreign(issuer.ok_or(Fault::UnknownIssuer)?, (token, &unverified), now).await?
        };
        Ok(Admission { access: Access { user_id, grant: Grant::Session }, expires_at })
    }

    async fn own(&self, token: &str, now: Timestamp) -> Result<(Uuid, Timestamp), Refusal> {
        let (user_id, expires_at) = self.tokens.verify(token, now)?;
        if !self.identities.exists(user_id).await? {
            return Err(Fault::UnknownAccount.into());
        }
        Ok((user_id, expires_at))
    }

    async fn foreign(
        &self,
        issuer: &Issuer,
        (token, unverified): (&str, &jwt::Unverified),
        now: Timestamp,
    ) -> Result<(Uuid, Timestamp), Refusal> {
        let claims = issuer.verify(token, unverified, now).await?;
        let identity = Identity::new(issuer.name(), &claims.sub).ok_or(Fault::Subject)?;
        let newcomer = newcomer(Uuid::now_v7(), claims.email(), claims.name(), now);
        Ok((self.identities.admit(&identity, &newcomer).await?, claims.expires_at(issuer::LEEWAY)))
    }
}

#[cfg(test)]
#[path = "auth/tests.rs"]
mod tests;
