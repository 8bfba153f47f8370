//! Pages of a keyset listing.

use crate::invalid::Invalid;

/// Rows of a page when the request does not say.
pub const LIMIT_DEFAULT: u32 = 10;
/// Most rows of a page.
pub const LIMIT_MAX: u32 = 100;

/// Where a page starts and how long it may be. `K` is the sort key of the last row of the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest<K> {
    /// Rows after this key; from the start without one.
    pub after: Option<K>,
    /// 1–100.
    pub limit: u32,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, K> {
    /// At most `limit` rows.
    pub items: Vec<T>,
    /// Key of the last row if more rows follow.
    pub next: Option<K>,
}

/// Checks a `limit` parameter.
pub fn limit(text: Option<&str>) -> Result<u32, Invalid> {
    let Some(text) = text else { return Ok(LIMIT_DEFAULT) };
    text.parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| Invalid::input("limit", format!("must be a whole number from 1 to {LIMIT_MAX}")))
}

impl<T, K> Page<T, K> {
    /// A page from up to `limit + 1` rows: the row beyond the limit only tells that more follow.
    pub fn from_rows(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_points_on_only_if_rows_follow() {
        assert_eq!(Page::from_rows(vec![1, 2, 3], 2, |n| *n), Page { items: vec![1, 2], next: Some(2) });
        assert_eq!(Page::from_rows(vec![1, 2], 2, |n| *n), Page { items: vec![1, 2], next: None });
    }

    #[test]
    fn a_limit_is_between_1_and_100() {
        assert_eq!(limit(None), Ok(LIMIT_DEFAULT));
        assert_eq!(limit(Some("100")), Ok(100));
        for text in ["0", "101", "-1", "ten", "1.5", ""] {
            assert!(limit(Some(text)).is_err(), "{text:?} was accepted");
        }
    }
}
