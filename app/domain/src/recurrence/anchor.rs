//! What the next occurrence counts from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

/// What the next occurrence counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// The occurrence that was completed, early or late: the default.
    #[default]
    Due,
    /// The local date of the completion.
    Completion,
}

impl Anchor {
    /// The stored and transmitted word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Completion => "completion",
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Anchor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "due" => Ok(Self::Due),
            "completion" => Ok(Self::Completion),
            _ => Err(Invalid::input("recurrence.anchor", "must be due or completion")),
        }
    }
}
