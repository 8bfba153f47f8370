//! Reads the query string parameter by parameter.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use http::request::Parts;

use domain::Invalid;

use super::problem::Problem;

/// The parameters of a request that were not read yet.
#[derive(Debug)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    fn parse(query: &str) -> Result<Self, Invalid> {
        let mut params = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if params.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Invalid::input(&name, "must be given once"));
            }
        }
        Ok(Self(params))
    }

    /// A parameter, if it was given.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Refuses parameters that no one read.
    pub(super) fn finish(self) -> Result<(), Invalid> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Invalid::input(name, "is not a parameter of this request")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_or_unread_parameter_is_refused_by_name() {
        assert_eq!(Params::parse("limit=1&limit=2").expect_err("twice").field, "limit");
        let mut params = Params::parse("limit=1&page=2").expect("once each");
        assert_eq!(params.take("limit").as_deref(), Some("1"));
        assert_eq!(params.finish().expect_err("unread").field, "page");
    }
}
