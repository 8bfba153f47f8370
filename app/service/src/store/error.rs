//! Errors of PostgreSQL, sorted by whether the same call may succeed later.

use domain::ports::StoreError;

/// Adapter for `map_err`: names the operation, keeps the cause, never the connection URL.
pub(super) fn failed_to(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let message = format!("failed to {operation}: {}", describe(&error));
        if is_rejected(&error) { StoreError::Rejected(message) } else { StoreError::Unavailable(message) }
    }
}

/// Whether the statement or its data is at fault: data exceptions (class 22) and violated constraints (class 23).
/// Everything else, a missing table included, can be mended from outside.
fn is_rejected(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

/// Whether the server ended the connection before the statement: an I/O error, or shutdown (class 57P).
pub(super) fn is_closed_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => !matches!(error.kind(), std::io::ErrorKind::ConnectionRefused),
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}

/// Whether another transaction held a lock for too long (SQLSTATE 55P03).
pub(super) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55P03")
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
