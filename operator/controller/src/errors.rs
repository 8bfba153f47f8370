//! Failed requests to the API server, and what they mean for a stage.

use std::future::Future;
use std::time::Duration;

use kube::core::Status;
use todo_operator_core::bundle::Cause;

/// How long one request may take. Admission webhooks may use 10 s (Kubernetes' default), so this is a little longer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// A request that failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No answer in time.
    #[error("failed to {what}: no answer from the API server within {} s", REQUEST_TIMEOUT.as_secs())]
    Timeout {
        /// The operation with its object, as in "apply Service \"todo-api\"".
        what: String,
    },
    /// The API server or the way to it failed, or it refused.
    #[error("failed to {what}: {}", words(source))]
    Request {
        /// The operation with its object.
        what: String,
        /// The client's error.
        source: Box<kube::Error>,
    },
}

/// The API server's own words where there are some.
fn words(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

impl ApiError {
    fn status(&self) -> Option<&Status> {
        match self {
            Self::Request { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            Self::Timeout { .. } => None,
        }
    }

    /// Whether the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(|status| status.code == 404)
    }

    /// Whether the object changed in the meantime, or exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status().is_some_and(|status| status.code == 409)
    }

    /// Whether the operator may not do that.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status().is_some_and(|status| status.code == 403)
    }

    /// Whether the content was refused.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.status().is_some_and(|status| status.code == 422)
    }

    /// What it means for the stage: 4xx answers are a refusal, except those that ask to come again.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let transient = |code: u16| matches!(code, 404 | 408 | 409 | 429) || code >= 500;
        match self.status() {
            Some(status) if !transient(status.code) => Cause::Refused(self.to_string()),
            _ => Cause::Transient(self.to_string()),
        }
    }
}

/// Runs a request within [`REQUEST_TIMEOUT`].
pub async fn request<T>(
    what: impl Into<String>,
    future: impl Future<Output = kube::Result<T>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(REQUEST_TIMEOUT, future).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(source)) => Err(ApiError::Request { what: what.into(), source: Box::new(source) }),
        Err(_) => Err(ApiError::Timeout { what: what.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16) -> ApiError {
        let status = Status::failure("quota exceeded", "Forbidden").with_code(code);
        let source = Box::new(kube::Error::Api(status.boxed()));
        ApiError::Request { what: "apply Service \"todo-api\"".into(), source }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_api_server() {
        let expected = "failed to apply Service \"todo-api\": quota exceeded";
        assert_eq!(answer(403).cause(), Cause::Refused(expected.to_owned()));
        assert_eq!(answer(422).cause(), Cause::Refused(expected.to_owned()));
    }

    #[test]
    fn answers_that_ask_to_come_again_are_transient() {
        for code in [409, 429, 500, 503, 504] {
            assert!(matches!(answer(code).cause(), Cause::Transient(_)), "{code}");
        }
    }
}
