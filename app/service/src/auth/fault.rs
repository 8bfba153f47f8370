//! Why a token was refused.

use domain::ports::StoreError;

/// What is wrong with a token. For the log: an answer does not tell.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Malformed, signed by another key, or a claim does not fit.
    #[error("the token does not verify: {0}")]
    Jwt(#[from] jsonwebtoken::errors::Error),
    /// Longer than what is looked at.
    #[error("the token is too long")]
    TooLong,
    /// It names header fields that must be understood.
    #[error("the token has critical header fields")]
    Critical,
    /// Its end has come.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    Early,
    /// No issuer of this name is accepted.
    #[error("the issuer of the token is not among the accepted ones")]
    UnknownIssuer,
    /// The issuer does not sign like this.
    #[error("the algorithm of the token is not one of its issuer")]
    Algorithm,
    /// The issuer has no such key.
    #[error("the issuer has no key of this id and algorithm")]
    UnknownKey,
    /// The subject is empty, too long or holds U+0000.
    #[error("the subject of the token does not fit")]
    Subject,
    /// The account was deleted.
    #[error("the account of the token does not exist")]
    UnknownAccount,
    /// No such personal API token, or it has expired.
    #[error("there is no such personal API token")]
    UnknownToken,
}

/// Why a request has no user.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The token is at fault.
    #[error("{0}")]
    Invalid(#[from] Fault),
    /// The keys of the issuer were never received: the same token may be good later.
    #[error("the keys of the issuer \"{0}\" were never received")]
    IssuerUnavailable(String),
    /// The database could not be asked.
    #[error("{0}")]
    Store(#[from] StoreError),
}
