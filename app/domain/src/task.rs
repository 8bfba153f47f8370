//! A task, its limits and its transitions.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::invalid::{Invalid, check_text};

/// Longest title, in characters.
pub const TITLE_MAX: usize = 255;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1000;

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

/// A task of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// UUIDv7, so that ids sort by time of creation.
    pub id: Uuid,
    /// The owner.
    pub user_id: Uuid,
    /// 1–255 characters without white space at its ends.
    pub title: String,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// P1–P4.
    pub priority: Priority,
    /// Whether it is done.
    pub completed: bool,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// 1 at creation, one more with each change; the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The checked fields of a task that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    title: String,
    description: Option<String>,
    priority: Priority,
}

impl NewTask {
    /// Trims and checks the fields of a request; an absent priority is P3.
    pub fn new(title: &str, description: Option<&str>, priority: Option<&str>) -> Result<Self, Invalid> {
        let title = title.trim();
        if title.is_empty() {
            return Err(Invalid::input("title", "must have at least 1 character besides white space"));
        }
        check_text("title", title, TITLE_MAX)?;
        if let Some(text) = description {
            check_text("description", text, DESCRIPTION_MAX)?;
        }
        let priority = priority.map_or(Ok(Priority::default()), str::parse)?;
        Ok(Self { title: title.to_owned(), description: description.map(str::to_owned), priority })
    }

    /// The task as it is stored for `user_id`.
    #[must_use]
    pub fn into_task(self, id: Uuid, user_id: Uuid, now: Timestamp) -> Task {
        Task {
            id,
            user_id,
            title: self.title,
            description: self.description,
            priority: self.priority,
            completed: false,
            completed_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

impl Task {
    /// The task after its completion; `None` if it is complete already, so that a repeated request changes nothing.
    #[must_use]
    pub fn completed(&self, now: Timestamp) -> Option<Self> {
        (!self.completed).then(|| Self {
            completed: true,
            completed_at: Some(now),
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task() -> Task {
        NewTask::new("milk", None, None).expect("valid").into_task(
            Uuid::nil(),
            Uuid::nil(),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_title_is_trimmed_and_its_limit_counts_characters() {
        let title = format!("  {}  ", "ü".repeat(TITLE_MAX));
        assert_eq!(NewTask::new(&title, None, None).expect("fits").title.chars().count(), TITLE_MAX);
        let error = NewTask::new(&"ü".repeat(TITLE_MAX + 1), None, None).expect_err("one too many");
        assert_eq!((error.field.as_str(), error.code), ("title", "invalid_input"));
    }

    #[test]
    fn a_blank_title_a_nul_and_a_long_description_are_refused_by_field() {
        assert_eq!(NewTask::new(" \t ", None, None).expect_err("blank").field, "title");
        assert_eq!(NewTask::new("a\0b", None, None).expect_err("nul").field, "title");
        let long = "x".repeat(DESCRIPTION_MAX + 1);
        assert_eq!(NewTask::new("a", Some(&long), None).expect_err("long").field, "description");
    }

    #[test]
    fn priorities_have_synonyms_and_default_to_p3() {
        assert_eq!("High".parse(), Ok(Priority::P2));
        assert_eq!("medium".parse(), Ok(Priority::P3));
        assert_eq!("LOW".parse(), Ok(Priority::P4));
        assert_eq!("p1".parse(), Ok(Priority::P1));
        assert_eq!(task().priority, Priority::P3);
        let error = Priority::from_str("BANANA").expect_err("no priority");
        assert_eq!((error.field.as_str(), error.code), ("priority", "invalid_priority"));
    }

    #[test]
    fn completing_twice_changes_once() {
        let done = task().completed(Timestamp::UNIX_EPOCH).expect("first");
        assert_eq!((done.completed, done.version), (true, 2));
        assert_eq!(done.completed(Timestamp::UNIX_EPOCH), None);
    }

    proptest! {
        #[test]
        fn an_accepted_title_is_within_its_limits(title in ".{0,300}") {
            if let Ok(new) = NewTask::new(&title, None, None) {
                let length = new.title.chars().count();
                prop_assert!((1..=TITLE_MAX).contains(&length));
                prop_assert_eq!(new.title.trim(), new.title.as_str());
                prop_assert!(!new.title.contains('\0'));
            }
        }
    }
}
