//! Errors of PostgreSQL, sorted by whether the same call may succeed later.

use domain::ports::StoreError;

/// Adapter for `map_err`: names the operation, keeps the cause, never the connection URL.
pub(super) fn failed_to(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let message = format!("failed to {operation}: {}", describe(&error));
        match code(&error).as_deref() {
            Some(DEADLOCK) => StoreError::Contended(message),
            Some(LOCK_TIMEOUT) => StoreError::Busy,
            Some(code) if is_rejected(code) => StoreError::Rejected(message),
            _ => StoreError::Unavailable(message),
        }
    }
}

/// The transaction was chosen as the victim of a deadlock.
const DEADLOCK: &str = "40P01";
/// Another transaction held a lock for too long.
const LOCK_TIMEOUT: &str = "55P03";

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned))
}

/// Whether the statement or its data is at fault: data exceptions (class 22), violated constraints (class 23) and
/// exceeded limits of the server (class 54). Everything else, a missing table included, can be mended from outside.
fn is_rejected(code: &str) -> bool {
    ["22", "23", "54"].iter().any(|class| code.starts_with(class))
}

/// Whether the server ended the connection before the statement: an I/O error, or shutdown (class 57P).
pub(super) fn is_closed_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => !matches!(error.kind(), std::io::ErrorKind::ConnectionRefused),
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}

/// Whether another transaction held a lock for too long.
pub(super) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    code(error).as_deref() == Some(LOCK_TIMEOUT)
}

/// Name of the violated constraint.
pub(super) fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// One line: the message of the server or of the innermost cause, with the SQLSTATE where there is one.
pub(super) fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => match error.code() {
            Some(code) => format!("{} (SQLSTATE {code})", error.message()),
            None => error.message().to_owned(),
        },
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        error => {
            let mut cause: &dyn std::error::Error = error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            cause.to_string().replace('\n', " ")
        }
    }
}
