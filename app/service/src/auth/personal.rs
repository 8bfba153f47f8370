//! The form of personal API tokens.

use rand::RngExt;
use rand::distr::Alphanumeric;
use sha2::{Digest, Sha256};

use domain::identity::TokenHash;

/// Start of every personal API token: scanners for leaked secrets look for it.
pub(super) const PREFIX: &str = "todo_pat_";
/// Letters and digits after the prefix: 62^43 is 2^256.
const RANDOM_CHARACTERS: usize = 43;

/// A new personal API token: `todo_pat_` and 43 random letters and digits (256 bits). It is shown once and stored as
/// its hash.
pub struct NewSecret(String);

impl NewSecret {
    /// Made by the system's random numbers.
    #[must_use]
    pub fn random() -> Self {
        let random = rand::rng().sample_iter(Alphanumeric).take(RANDOM_CHARACTERS).map(char::from);
        Self(PREFIX.chars().chain(random).collect())
    }

    /// What is stored. No salt and no work factor: 256 random bits cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        hash(&self.0)
    }

    /// The token itself, for its user.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }
}

/// SHA-256 of any token.
pub(super) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether the database is worth asking.
pub(super) fn is_well_formed(token: &str) -> bool {
    token.strip_prefix(PREFIX).is_some_and(|random| {
        random.len() == RANDOM_CHARACTERS && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_new_and_easy_to_recognise() {
        let (a, b) = (NewSecret::random(), NewSecret::random());
        assert_ne!(a.hash(), b.hash());
        let token = a.reveal();
        assert!(is_well_formed(&token), "{token}");
        for malformed in ["todo_pat_", &token[..51], &format!("{token}x"), &token.replacen("todo", "tudu", 1)]
        {
            assert!(!is_well_formed(malformed), "{malformed}");
        }
    }
}
