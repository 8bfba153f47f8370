//! What a change does to a task: decided here, executed by the store inside its transaction.

mod edit;
mod patch;
mod successor;

use jiff::Timestamp;
use uuid::Uuid;

use crate::event::EventType;
use crate::invalid::Invalid;
use crate::task::Task;

pub use edit::Edit;
pub use patch::Patch;
pub use successor::successor;

/// A wanted change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets and clears fields.
    Patch(Box<Patch>),
    /// Marks the task as done.
    Complete,
    /// Opens it again.
    Reopen,
    /// Deletes it; it can be restored.
    Delete,
    /// Takes a deletion back.
    Restore,
}

/// Time and new ids of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// Time of the change.
    pub at: Timestamp,
    /// Id of a series, if the change starts one.
    pub series_id: Uuid,
    /// Id of the successor, if the change makes one.
    pub successor_id: Uuid,
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A deleted task is absent to all but a restoration, and the other way round.
    Absent,
    /// The change contradicts the task.
    Invalid(Invalid),
}

/// What to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The task after the change.
    pub task: Task,
    /// What the event says; `None` if nothing changed.
    pub event: Option<EventType>,
    /// The next occurrence, to be stored unless the task has a successor already.
    pub successor: Option<Task>,
    /// Whether a successor that nobody touched is to be removed.
    pub retracts: bool,
}

/// Decides a change of `task`. Pure: repeated with the same arguments it decides the same.
pub fn decide(task: &Task, change: &Change, occasion: Occasion) -> Result<Decision, Refusal> {
    if task.deleted_at.is_some() != matches!(change, Change::Restore) {
        return match change {
            Change::Restore => Ok(unchanged(task)),
            _ => Err(Refusal::Absent),
        };
    }
    match change {
        Change::Patch(patch) => patched(task, patch, occasion).map_err(Refusal::Invalid),
        Change::Complete => Ok(completed(task.clone(), task, occasion)),
        Change::Reopen => Ok(reopened(task.clone(), task, occasion)),
        Change::Delete => {
            let deleted = Task { deleted_at: Some(occasion.at), ..task.clone() };
            Ok(changed(deleted, EventType::TaskDeleted, occasion))
        }
        Change::Restore => {
            let restored = Task { deleted_at: None, ..task.clone() };
            Ok(changed(restored, EventType::TaskUpdated, occasion))
        }
    }
}

fn patched(task: &Task, patch: &Patch, occasion: Occasion) -> Result<Decision, Invalid> {
    let edited = patch.apply(task, occasion)?;
    Ok(match patch.completed {
        Some(true) if !task.completed => completed(edited, task, occasion),
        Some(false) if task.completed => reopened(edited, task, occasion),
        _ if edited == *task => unchanged(task),
        _ => changed(edited, EventType::TaskUpdated, occasion),
    })
}

/// Completion by any route makes the successor.
fn completed(edited: Task, before: &Task, occasion: Occasion) -> Decision {
    if before.completed {
        return unchanged(before);
    }
    let done = Task { completed: true, completed_at: Some(occasion.at), ..edited };
    let decision = changed(done, EventType::TaskCompleted, occasion);
    let successor = successor(&decision.task, occasion);
    Decision { successor, ..decision }
}

fn reopened(edited: Task, before: &Task, occasion: Occasion) -> Decision {
    if !before.completed {
        return unchanged(before);
    }
    let open = Task { completed: false, completed_at: None, ..edited };
    let decision = changed(open, EventType::TaskReopened, occasion);
    Decision { retracts: before.recurrence.is_some(), ..decision }
}

fn changed(task: Task, event: EventType, occasion: Occasion) -> Decision {
    // Clocks of replicas differ, and a change may have waited for the one before it: time does not go back.
    let updated_at = occasion.at.max(task.updated_at);
    let task = Task { version: task.version + 1, updated_at, ..task };
    Decision { task, event: Some(event), successor: None, retracts: false }
}

fn unchanged(task: &Task) -> Decision {
    Decision { task: task.clone(), event: None, successor: None, retracts: false }
}

#[cfg(test)]
#[path = "change/tests.rs"]
mod tests;
