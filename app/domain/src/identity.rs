//! Who a token stands for and what it may do.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::account::{Account, NAME_MAX, email_address};
use crate::invalid::{Invalid, check_text};
use crate::ports::StoreError;

/// Longest subject of another issuer, in characters (OpenID Connect Core §2).
pub const SUBJECT_MAX: usize = 255;
/// Longest name of a personal API token, in characters.
pub const TOKEN_NAME_MAX: usize = 100;
/// Longest life of a personal API token, in days.
pub const TOKEN_DAYS_MAX: i64 = 365;
/// Life of a personal API token when the request does not say, in days.
pub const TOKEN_DAYS_DEFAULT: i64 = 90;
/// Most personal API tokens of a user at a time.
pub const TOKENS_MAX: i64 = 50;

/// A right of a personal API token. None implies another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads tasks and what belongs to them.
    TasksRead,
    /// Makes, changes and deletes tasks and what belongs to them.
    TasksWrite,
    /// Reads the audit log.
    AuditRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TasksRead, Self::TasksWrite, Self::AuditRead];

    /// Its name in requests, answers and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TasksRead => "tasks:read",
            Self::TasksWrite => "tasks:write",
            Self::AuditRead => "audit:read",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What a verified token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Everything that the user may do: a token that was given for signing in, here or at another issuer.
    Session,
    /// The scopes of a personal API token.
    Personal(BTreeSet<Scope>),
}

/// The user of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The user.
    pub user_id: Uuid,
    /// What the token allows.
    pub grant: Grant,
}

/// A user as another issuer knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The `iss` claim.
    pub issuer: String,
    /// The `sub` claim: 1–255 characters.
    pub subject: String,
}

impl Identity {
    /// Refuses a subject that is empty, too long or holds U+0000.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let fits = !subject.is_empty() && check_text("sub", subject, SUBJECT_MAX).is_ok();
        fits.then(|| Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
    }
}

/// The account that the first request of an identity makes. Claims that do not fit are left out.
#[must_use]
pub fn newcomer(id: Uuid, email: Option<&str>, name: Option<&str>, created_at: Timestamp) -> Account {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let name = name.filter(|name| check_text("name", name, NAME_MAX).is_ok());
    Account {
        id,
        email: email.and_then(|email| email_address(email).ok()),
        name: name.map(str::to_owned),
        created_at,
    }
}

/// A personal API token, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalToken {
    /// UUIDv7.
    pub id: Uuid,
    /// What its user calls it.
    pub name: String,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The minute of its last use.
    pub last_used_at: Option<Timestamp>,
}

impl PersonalToken {
    /// Trims and checks the fields of a request.
    pub fn new(
        (id, now): (Uuid, Timestamp),
        name: &str,
        scopes: &[String],
        days: Option<i64>,
    ) -> Result<Self, Invalid> {
        let name = name.trim();
        check_text("name", name, TOKEN_NAME_MAX)?;
        if name.is_empty() {
            return Err(Invalid::input("name", "must not be empty"));
        }
        let days = days.unwrap_or(TOKEN_DAYS_DEFAULT);
        if !(1..=TOKEN_DAYS_MAX).contains(&days) {
            return Err(Invalid::input("expires_in_days", format!("must be from 1 to {TOKEN_DAYS_MAX}")));
        }
        let expires_at = now.saturating_add(SignedDuration::from_hours(24 * days));
        Ok(Self {
            id,
            name: name.to_owned(),
            scopes: checked_scopes(scopes)?,
            created_at: now,
            expires_at: expires_at.unwrap_or(now),
            last_used_at: None,
        })
    }
}

fn checked_scopes(names: &[String]) -> Result<BTreeSet<Scope>, Invalid> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    let mut scopes = BTreeSet::new();
    for name in names {
        let scope = Scope::named(name).ok_or_else(|| {
            Invalid::input("scopes", format!("must each be one of {known}, not \"{name}\""))
        })?;
        if !scopes.insert(scope) {
            return Err(Invalid::input("scopes", format!("must name \"{name}\" once")));
        }
    }
    if scopes.is_empty() {
        return Err(Invalid::input("scopes", format!("must name at least one of {known}")));
    }
    Ok(scopes)
}

/// Users behind tokens.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The user of an identity. The first time it becomes `newcomer`, without the address if another account has it;
    /// calls at once make one user.
    async fn admit(&self, identity: &Identity, newcomer: &Account) -> Result<Uuid, StoreError>;
    /// Whether there is such a user.
    async fn exists(&self, user_id: Uuid) -> Result<bool, StoreError>;
}

/// The end of accounts.
#[async_trait]
pub trait Erasure: Send + Sync {
    /// The password hash of a user, `Some(None)` for one who signs in elsewhere; `None` if there is no such user.
    async fn password_hash(&self, user_id: Uuid) -> Result<Option<Option<String>>, StoreError>;
    /// Deletes a user with everything of theirs. Events about them that are still on the way leave nothing behind.
    async fn erase(&self, user_id: Uuid) -> Result<(), StoreError>;
}

/// Whether there was room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It was stored.
    Stored,
    /// The user has [`TOKENS_MAX`] already.
    Full,
}

/// SHA-256 of a personal API token.
pub type TokenHash = [u8; 32];

/// Personal API tokens.
#[async_trait]
pub trait PersonalTokens: Send + Sync {
    /// Stores a token of a user and forgets those of theirs that have expired.
    async fn create(&self, user_id: Uuid, token: &PersonalToken, hash: TokenHash)
    -> Result<Room, StoreError>;
    /// All tokens of a user, newest first.
    async fn list(&self, user_id: Uuid) -> Result<Vec<PersonalToken>, StoreError>;
    /// Deletes a token of a user; `false` if there is none with this id.
    async fn delete(&self, user_id: Uuid, id: Uuid) -> Result<bool, StoreError>;
    /// The token with this hash and its user, unless it has expired. Notes the minute of the use.
    async fn redeem(
        &self,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(Uuid, PersonalToken)>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn token(name: &str, scopes: &[&str], days: Option<i64>) -> Result<PersonalToken, Invalid> {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        PersonalToken::new((Uuid::nil(), NOW), name, &scopes, days)
    }

    #[test]
    fn a_personal_token_lives_90_days_unless_it_says_otherwise() {
        let days = |days| token("ci", &["tasks:read"], days).expect("valid").expires_at.as_second() / 86_400;
        assert_eq!((days(None), days(Some(1)), days(Some(365))), (90, 1, 365));
    }

    #[test]
    fn each_fault_of_a_personal_token_is_named_after_its_field() {
        let long = "x".repeat(101);
        for (name, scopes, days, field) in [
            (" ", &["tasks:read"][..], None, "name"),
            (&long, &["tasks:read"], None, "name"),
            ("a\0", &["tasks:read"], None, "name"),
            ("a", &[], None, "scopes"),
            ("a", &["tasks"], None, "scopes"),
            ("a", &["tasks:read", "tasks:read"], None, "scopes"),
            ("a", &["tasks:read"], Some(0), "expires_in_days"),
            ("a", &["tasks:read"], Some(366), "expires_in_days"),
        ] {
            assert_eq!(token(name, scopes, days).expect_err("invalid").field, field);
        }
    }

    #[test]
    fn a_subject_has_1_to_255_characters() {
        for (subject, fits) in
            [("", false), ("u1", true), (&*"ü".repeat(255), true), (&*"x".repeat(256), false)]
        {
            assert_eq!(Identity::new("https://issuer", subject).is_some(), fits, "{subject}");
        }
        assert_eq!(Identity::new("https://issuer", "a\0b"), None);
    }

    #[test]
    fn claims_that_do_not_fit_are_left_out() {
        let account = newcomer(Uuid::nil(), Some("Ann@Example.com"), Some(" Ann "), NOW);
        assert_eq!(
            (account.email.as_deref(), account.name.as_deref()),
            (Some("ann@example.com"), Some("Ann"))
        );
        let account = newcomer(Uuid::nil(), Some("no address"), Some(&"x".repeat(256)), NOW);
        assert_eq!((account.email, account.name), (None, None));
    }
}
