//! Urgency of a task.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

/// Urgency of a task: P1 is the highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Priority {
    /// Urgent.
    P1,
    /// High.
    P2,
    /// Medium: the default.
    #[default]
    P3,
    /// Low.
    P4,
}

impl Priority {
    /// The stored and transmitted word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = Invalid;

    /// Accepts P1–P4 and the synonyms High (P2), Medium (P3) and Low (P4), in any case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "p1" => Ok(Self::P1),
            "p2" | "high" => Ok(Self::P2),
            "p3" | "medium" => Ok(Self::P3),
            "p4" | "low" => Ok(Self::P4),
            _ => Err(Invalid {
                field: "priority".to_owned(),
                code: "invalid_priority",
                detail: "must be P1, P2, P3 or P4 (or High, Medium, Low for P2, P3, P4)".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_have_synonyms_and_default_to_p3() {
        assert_eq!("High".parse(), Ok(Priority::P2));
        assert_eq!("medium".parse(), Ok(Priority::P3));
        assert_eq!("LOW".parse(), Ok(Priority::P4));
        assert_eq!("p1".parse(), Ok(Priority::P1));
        assert_eq!(Priority::default(), Priority::P3);
        let error = Priority::from_str("BANANA").expect_err("no priority");
        assert_eq!((error.field.as_str(), error.code), ("priority", "invalid_priority"));
    }
}
