//! Limits and browsers.

use http::HeaderValue;
use url::Url;

use contract::env;

use super::{Lookup, SettingError, invalid, optional};
use crate::http::{EdgeSettings, LimitSettings};

const PER_USER_DEFAULT: u32 = 1200;
const SIGN_IN_DEFAULT: u32 = 60;

pub(super) fn edge(lookup: Lookup<'_>) -> Result<EdgeSettings, SettingError> {
    Ok(EdgeSettings { limits: limits(lookup)?, allowed_origins: allowed_origins(lookup)? })
}

fn limits(lookup: Lookup<'_>) -> Result<LimitSettings, SettingError> {
    Ok(LimitSettings {
        per_user: number(lookup, env::RATE_LIMIT_PER_MINUTE, PER_USER_DEFAULT)?,
        sign_in: number(lookup, env::SIGN_IN_LIMIT_PER_MINUTE, SIGN_IN_DEFAULT)?,
    })
}

fn number(lookup: Lookup<'_>, name: &'static str, default: u32) -> Result<u32, SettingError> {
    let Some(text) = optional(lookup, name) else { return Ok(default) };
    let problem = || invalid(name, format!("must be a whole number from 0 to {}, is \"{text}\"", u32::MAX));
    text.parse().map_err(|_| problem())
}

/// Each origin must be written as a browser sends it.
fn allowed_origins(lookup: Lookup<'_>) -> Result<Vec<HeaderValue>, SettingError> {
    let text = optional(lookup, env::CORS_ALLOWED_ORIGINS).unwrap_or_default();
    text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(origin).collect()
}

fn origin(text: &str) -> Result<HeaderValue, SettingError> {
    let problem = || {
        let problem = format!("must list origins such as https://todo.example.com, has \"{text}\"");
        invalid(env::CORS_ALLOWED_ORIGINS, problem)
    };
    let url: Url = text.parse().map_err(|_| problem())?;
    if url.origin().ascii_serialization() != text {
        return Err(problem());
    }
    text.parse().map_err(|_| problem())
}
