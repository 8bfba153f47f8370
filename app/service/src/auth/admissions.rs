//! Tokens that were verified a moment ago.

use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use uuid::Uuid;

use domain::identity::{Access, TokenHash};

/// How long a token is good without another look: so long a deleted account, a deleted personal API token or a
/// withdrawn key may still be accepted. A look costs one signature and one read by primary key.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(10);
/// Most tokens that are remembered, about 2 MB.
const TOKENS_MAX: usize = 10_000;

/// What came of a verified token.
#[derive(Clone)]
pub(super) struct Admission {
    pub(super) access: Access,
    /// End of the token.
    pub(super) expires_at: Timestamp,
}

#[derive(Clone)]
struct Remembered {
    access: Access,
    from: Timestamp,
    until: Timestamp,
}

/// Access by the SHA-256 of the token: the memory of the process holds no tokens.
pub(super) struct Admissions(Cache<TokenHash, Remembered>);

impl Admissions {
    pub(super) fn new() -> Self {
        Self(Cache::new(TOKENS_MAX))
    }

    /// The access of a token, unless it must be looked at again.
    pub(super) fn get(&self, hash: &TokenHash, now: Timestamp) -> Option<Access> {
        let known = self.0.get(hash)?;
        // A clock that was set back does not make it live longer.
        (known.from <= now && now < known.until).then_some(known.access)
    }

    pub(super) fn put(&self, hash: TokenHash, admission: Admission, now: Timestamp) {
        let until = now.saturating_add(GOOD_FOR).unwrap_or(now).min(admission.expires_at);
        self.0.insert(hash, Remembered { access: admission.access, from: now, until });
    }

    /// Forgets all tokens of a user.
    pub(super) fn forget(&self, user_id: Uuid) {
        self.0.retain(|_, known| known.access.user_id != user_id);
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::Grant;

    use super::*;

    fn admission(user: u128, expires_at: i64) -> Admission {
        let access = Access { user_id: Uuid::from_u128(user), grant: Grant::Session };
        Admission { access, expires_at: at(expires_at) }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_token_is_remembered_for_ten_seconds_and_never_beyond_its_end() {
        let admissions = Admissions::new();
        admissions.put([1; 32], admission(1, 1_000), at(100));
        admissions.put([2; 32], admission(2, 103), at(100));
        let known = |token, second| admissions.get(&[token; 32], at(second)).is_some();
        assert!(known(1, 100) && known(1, 109) && !known(1, 110) && !known(1, 99));
        assert!(known(2, 102) && !known(2, 103));
        assert!(!known(3, 100));
    }

    #[test]
    fn all_tokens_of_a_user_are_forgotten_at_once() {
        let admissions = Admissions::new();
        for (token, user) in [(1, 1), (2, 1), (3, 2)] {
            admissions.put([token; 32], admission(user, 1_000), at(100));
        }
        admissions.forget(Uuid::from_u128(1));
        let known = |token| admissions.get(&[token; 32], at(101)).is_some();
        assert!(!known(1) && !known(2) && known(3));
    }
}
