//! What is wrong with an input, named after its field.

/// A refused input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Invalid {
    /// Field of the request, as its author wrote it.
    pub field: String,
    /// Stable word for programs: `invalid_input` or `invalid_priority`.
    pub code: &'static str,
    /// Sentence for people.
    pub detail: String,
}

impl Invalid {
    /// An input that breaks a rule without a code of its own.
    #[must_use]
    pub fn input(field: &str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code: "invalid_input", detail: detail.into() }
    }
}

/// Refuses U+0000 (PostgreSQL cannot store it) and more than `max` characters.
pub(crate) fn check_text(field: &str, text: &str, max: usize) -> Result<(), Invalid> {
    if text.contains('\0') {
        return Err(Invalid::input(field, "must not contain the character U+0000"));
    }
    let length = text.chars().count();
    if length > max {
        return Err(Invalid::input(field, format!("must have at most {max} characters, has {length}")));
    }
    Ok(())
}
