//! Words to search for.

use serde::Serialize;

use crate::invalid::{Invalid, check_text};

/// Longest search, in characters.
pub const SEARCH_MAX: usize = 200;

/// What is searched for. A task matches if each word begins a word of its title or description, in any case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Search(Vec<String>);

impl Search {
    /// Reads a search, trimmed; an empty one is none. A text without a letter or digit has no words: it finds nothing.
    pub fn read(text: &str) -> Result<Option<Self>, Invalid> {
        let text = text.trim();
        check_text("search", text, SEARCH_MAX)?;
        let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
        Ok((!text.is_empty()).then(|| Self(words.map(str::to_owned).collect())))
    }

    /// Texts between white space that have a letter or digit. The store splits them further at punctuation.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }
}
