//! What keeps a platform from being planned.

use std::fmt;

/// One problem, tied to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, from `spec`.
    pub field: String,
    /// What is wrong and what would fix it.
    pub message: String,
    /// Whose problem it is.
    pub kind: ProblemKind,
}

/// Whose problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The spec contradicts itself or is incomplete: only a change of the spec helps.
    Invalid,
    /// A referenced Secret or key does not exist: creating it helps.
    SecretMissing,
    /// A referenced Secret has a value that cannot be used: changing it helps.
    SecretInvalid,
    /// The topics belong to another platform.
    TopicConflict,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// All problems of a platform, in the order of the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, kind: ProblemKind, field: &str, message: String) {
        self.0.push(Problem { field: field.to_owned(), message, kind });
    }

    /// `Err` with all problems, or `Ok` if there are none.
    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The problems of one kind, as one text; `None` if there are none.
    #[must_use]
    pub fn of_kind(&self, kind: ProblemKind) -> Option<String> {
        let own: Vec<_> = self.0.iter().filter(|problem| problem.kind == kind).cloned().collect();
        (!own.is_empty()).then(|| Self(own).to_string())
    }
}
