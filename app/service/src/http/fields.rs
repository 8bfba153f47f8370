//! Reads a JSON object field by field, so that each fault is named after its field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use domain::Invalid;

use super::problem::Problem;

/// The members of a request's JSON object that were not read yet.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Problem::bad_request("invalid_json", "the body must be a JSON object")),
            Err(error) => Err(Problem::bad_request("invalid_json", format!("the body is no JSON: {error}"))),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, field: &str) -> Result<String, Invalid> {
        self.optional_text(field)?.ok_or_else(|| Invalid::input(field, "is required"))
    }

    /// A text that may be absent or null.
    pub(super) fn optional_text(&mut self, field: &str) -> Result<Option<String>, Invalid> {
        match self.0.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Invalid::input(field, "must be a string")),
        }
    }

    /// A whole number; absent or null is none.
    pub(super) fn optional_integer(&mut self, field: &str) -> Result<Option<i64>, Invalid> {
        match self.0.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| Invalid::input(field, "must be a whole number"))
            }
        }
    }

    /// An array whose absence and null mean different things.
    pub(super) fn nullable_array(&mut self, field: &str) -> Result<Option<Option<Vec<Value>>>, Invalid> {
        match self.0.remove(field) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::Array(items)) => Ok(Some(Some(items))),
            Some(_) => Err(Invalid::input(field, "must be an array")),
        }
    }

    /// Refuses members that no one read.
    pub(super) fn finish(self) -> Result<(), Invalid> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(field) => Err(Invalid::input(field, "is not a field of this request")),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "the body must be JSON: send content-type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    let detail = format!("the body must have at most {} bytes", super::BODY_LIMIT_BYTES);
                    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
                }
                _ => Problem::bad_request("invalid_body", "the body did not arrive in full"),
            })?;
        Self::parse(&bytes)
    }
}

/// `application/json` or a type with the suffix `+json`, whatever its parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_after_its_field() {
        let mut fields = Fields::parse(br#"{"title": 5, "extra": null}"#).expect("an object");
        assert_eq!(fields.text("title").expect_err("a number").field, "title");
        assert_eq!(fields.optional_text("description"), Ok(None));
        assert_eq!(fields.finish().expect_err("unread").field, "extra");
    }

    #[test]
    fn only_objects_are_bodies() {
        for body in ["", "[]", "null", "{", "{\"a\":\"\\ud800\"}", "\u{feff}{}"] {
            assert!(Fields::parse(body.as_bytes()).is_err(), "{body:?} was accepted");
        }
    }
}
