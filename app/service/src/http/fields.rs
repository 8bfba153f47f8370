//! Reads a JSON object field by field, so that each fault is named after its field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use domain::Invalid;
use domain::change::Edit;

use super::problem::Problem;

/// The members of a JSON object that were not read yet.
#[derive(Debug)]
pub(super) struct Fields {
    members: Map<String, Value>,
    /// Path of the object within the body, with a dot at its end; empty for the body itself.
    path: String,
    digest: [u8; 32],
}

impl Fields {
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => {
                Ok(Self { members, path: String::new(), digest: Sha256::digest(bytes).into() })
            }
            Ok(_) => Err(Problem::bad_request("invalid_json", "the body must be a JSON object")),
            Err(error) => Err(Problem::bad_request("invalid_json", format!("the body is no JSON: {error}"))),
        }
    }

    /// An object within an array of the body.
    pub(super) fn within(path: &str, value: Value) -> Result<Self, Invalid> {
        match value {
            Value::Object(members) => Ok(Self { members, path: format!("{path}."), digest: [0; 32] }),
            _ => Err(Invalid::input(path, "must be an object")),
        }
    }

    /// SHA-256 of the body.
    pub(super) const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether a member is there, null included.
    pub(super) fn has(&self, field: &str) -> bool {
        self.members.contains_key(field)
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, field: &str) -> Result<String, Invalid> {
        self.optional_text(field)?.ok_or_else(|| self.invalid(field, "is required"))
    }

    /// A text that may be absent or null.
    pub(super) fn optional_text(&mut self, field: &str) -> Result<Option<String>, Invalid> {
        self.nullable_text(field).map(Edit::value)
    }

    /// A text whose absence and null mean different things.
    pub(super) fn nullable_text(&mut self, field: &str) -> Result<Edit<String>, Invalid> {
        self.nullable(field, "must be a string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// True or false; absent or null is none.
    pub(super) fn optional_bool(&mut self, field: &str) -> Result<Option<bool>, Invalid> {
        self.nullable(field, "must be true or false", |value| value.as_bool()).map(Edit::value)
    }

    /// A whole number; absent or null is none.
    pub(super) fn optional_integer(&mut self, field: &str) -> Result<Option<i64>, Invalid> {
        self.nullable(field, "must be a whole number", |value| value.as_i64()).map(Edit::value)
    }

    /// An array whose absence and null mean different things.
    pub(super) fn nullable_array(&mut self, field: &str) -> Result<Edit<Vec<Value>>, Invalid> {
        self.nullable(field, "must be an array", |value| match value {
            Value::Array(items) => Some(items),
            _ => None,
        })
    }

    /// An object whose absence and null mean different things.
    pub(super) fn nullable_object(&mut self, field: &str) -> Result<Edit<Self>, Invalid> {
        let path = self.name(field);
        let object = self.nullable(field, "must be an object", |value| match value {
            Value::Object(members) => Some(members),
            _ => None,
        })?;
        object.try_map(|members| Ok(Self { members, path: format!("{path}."), digest: [0; 32] }))
    }

    /// The path of a member, as problems name it.
    pub(super) fn name(&self, field: &str) -> String {
        format!("{}{field}", self.path)
    }

    /// Refuses members that no one read.
    pub(super) fn finish(self) -> Result<(), Invalid> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(field) => Err(self.invalid(field, "is not a field of this request")),
        }
    }

    fn invalid(&self, field: &str, detail: &str) -> Invalid {
        Invalid::input(&self.name(field), detail)
    }

    fn nullable<T>(
        &mut self,
        field: &str,
        otherwise: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Edit<T>, Invalid> {
        match self.members.remove(field) {
            None => Ok(Edit::Keep),
            Some(Value::Null) => Ok(Edit::Clear),
            Some(value) => read(value).map(Edit::Set).ok_or_else(|| self.invalid(field, otherwise)),
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
                        .with_field("body")
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
