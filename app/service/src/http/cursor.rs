//! Cursors: the position of a page's last row, opaque to clients, good for one user's listing with one set of
//! parameters.

mod reminder_key;
mod task_key;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use domain::Invalid;

pub(super) use reminder_key::{decode_reminder_key, encode_reminder_key};
pub(super) use task_key::{decode_task_key, encode_task_key};

/// First byte of a cursor: its form.
const VERSION: u8 = 1;
/// Bytes of the hash that names a listing.
const HASH_BYTES: usize = 8;

/// What a cursor belongs to: a user, a listing and its filters. No secret: it finds mistakes, and the owner check of
/// each statement is the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listing([u8; HASH_BYTES]);

impl Listing {
    /// The listing of `name` with `filters`, whatever form those have.
    pub(super) fn new(user_id: Uuid, name: &str, filters: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(user_id).chain_update(name).chain_update([0]);
        let digest: [u8; 32] = digest.chain_update(filters).finalize().into();
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(&digest[..HASH_BYTES]);
        Self(hash)
    }

    /// A cursor at a position.
    pub(super) fn cursor(self, position: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([&[VERSION], &self.0[..], position].concat())
    }

    /// The position of a cursor of this listing.
    pub(super) fn position(self, cursor: &str) -> Result<Vec<u8>, Invalid> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let rest = bytes.strip_prefix(&[VERSION]).ok_or_else(invalid)?;
        let position = rest.strip_prefix(&self.0).ok_or_else(invalid)?;
        Ok(position.to_vec())
    }
}

pub(super) fn invalid() -> Invalid {
    Invalid::input("cursor", "must be the next_cursor of a page of this listing with the same parameters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_returns_its_position_to_its_own_listing_only() {
        let listing = Listing::new(Uuid::from_u128(1), "tags", b"{}");
        let cursor = listing.cursor(b"work");
        assert_eq!(listing.position(&cursor), Ok(b"work".to_vec()));
        for other in [
            Listing::new(Uuid::from_u128(2), "tags", b"{}"),
            Listing::new(Uuid::from_u128(1), "tasks", b"{}"),
            Listing::new(Uuid::from_u128(1), "tags", b"{1}"),
        ] {
            assert_eq!(other.position(&cursor).expect_err("another listing").field, "cursor");
        }
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        let listing = Listing::new(Uuid::nil(), "tags", b"");
        let short = URL_SAFE_NO_PAD.encode([VERSION, 0, 1]);
        for cursor in ["", "x", "!!", "AQ", &short] {
            assert!(listing.position(cursor).is_err(), "{cursor:?} was accepted");
        }
    }
}
