//! Headers that make a change safe: `If-Match` and `Idempotency-Key`.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::IF_MATCH;
use http::request::Parts;
use sha2::{Digest, Sha256};

use domain::Invalid;
use domain::ports::Idempotency;

use crate::http::problem::Problem;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Longest idempotency key, in characters.
const KEY_MAX: usize = 255;

/// What a change depends on.
#[derive(Debug, Default)]
pub(in crate::http) struct Preconditions {
    /// Versions of which the task must have one.
    pub(super) expected: Option<Vec<i64>>,
    /// Key and hash of method and path.
    pub(super) idempotency: Option<Idempotency>,
}

impl Preconditions {
    /// Adds the body to what the key stands for.
    pub(super) fn with_body(self, digest: [u8; 32]) -> Self {
        let idempotency = self.idempotency.map(|Idempotency { key, fingerprint }| Idempotency {
            key,
            fingerprint: Sha256::new().chain_update(fingerprint).chain_update(digest).finalize().into(),
        });
        Self { idempotency, ..self }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let fingerprint = Sha256::new()
            .chain_update(parts.method.as_str())
            .chain_update(" ")
            .chain_update(parts.uri.path())
            .finalize()
            .into();
        let key = idempotency_key(&parts.headers)?;
        let idempotency = key.map(|key| Idempotency { key, fingerprint });
        Ok(Self { expected: if_match(&parts.headers)?, idempotency })
    }
}

/// The key, with or without the quotes of a structured field (draft-ietf-httpapi-idempotency-key-header §2.1).
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Invalid> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let printable = bare.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if bare.is_empty() || bare.len() > KEY_MAX || !printable {
        let detail = format!("must have 1 to {KEY_MAX} printable ASCII characters, for example a UUID");
        return Err(Invalid::input(IDEMPOTENCY_KEY, detail));
    }
    Ok(Some(bare.to_owned()))
}

/// The versions of the entity tags (RFC 9110 §13.1.1). `*` asks only that the task exists; a weak tag never matches.
fn if_match(headers: &HeaderMap) -> Result<Option<Vec<i64>>, Invalid> {
    let mut versions = Vec::new();
    let mut given = false;
    for value in headers.get_all(IF_MATCH) {
        for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            given = true;
            match tag {
                "*" => return Ok(None),
                tag if is_entity_tag(tag) => versions.extend(version(tag)),
                _ => return Err(Invalid::input("if-match", "must be the etag of the task, such as \"3\"")),
            }
        }
    }
    Ok(given.then_some(versions))
}

fn is_entity_tag(tag: &str) -> bool {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    strong.len() >= 2 && strong.starts_with('"') && strong.ends_with('"')
}

fn version(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_str(value).expect("a value"),
        )])
    }

    #[test]
    fn entity_tags_are_versions_and_weak_ones_never_match() {
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        assert_eq!(if_match(&headers("if-match", "\"3\", W/\"4\", \"x\"")), Ok(Some(vec![3])));
        assert_eq!(if_match(&headers("if-match", "*")), Ok(None));
        for bad in ["3", "\"3", "", "\""] {
            assert_eq!(if_match(&headers("if-match", bad)).expect_err("refused").field, "if-match", "{bad}");
        }
    }

    #[test]
    fn a_key_is_taken_with_and_without_quotes() {
        assert_eq!(idempotency_key(&headers(IDEMPOTENCY_KEY, "\"abc\"")), Ok(Some("abc".to_owned())));
        assert_eq!(idempotency_key(&headers(IDEMPOTENCY_KEY, "abc")), Ok(Some("abc".to_owned())));
        assert_eq!(idempotency_key(&HeaderMap::new()), Ok(None));
        for bad in ["", "\"\"", &"x".repeat(256), "a\tb"] {
            assert!(idempotency_key(&headers(IDEMPOTENCY_KEY, bad)).is_err(), "{bad:?}");
        }
    }
}
