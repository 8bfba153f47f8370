//! Tokens.

/// Claim `iss` of the tokens of local accounts. No other issuer may have this name.
pub const LOCAL_ISSUER: &str = "todoplatform";
