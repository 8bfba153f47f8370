//! Sets and clears fields: JSON Merge Patch (RFC 7396) on checked values.

use crate::change::{Edit, Occasion};
use crate::invalid::Invalid;
use crate::recurrence::Series;
use crate::task::{Due, Priority, Recurrence, RecurrenceInput, Task};

/// New values of some fields; `None` keeps a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// From [`crate::task::title`].
    pub title: Option<String>,
    /// From [`crate::task::description`].
    pub description: Edit<String>,
    /// Its urgency.
    pub priority: Option<Priority>,
    /// From [`crate::task::tags`].
    pub tags: Option<Vec<String>>,
    /// When it is due.
    pub due: Edit<Due>,
    /// From [`crate::task::reminders`].
    pub reminders: Option<Vec<u16>>,
    /// How it repeats from here on: a rule starts a new series.
    pub recurrence: Edit<RecurrenceInput>,
    /// Completes or reopens the task.
    pub completed: Option<bool>,
}

impl Patch {
    /// The task with the new values. A due date that moves leaves the series as it is.
    pub(super) fn apply(&self, task: &Task, occasion: Occasion) -> Result<Task, Invalid> {
        let patch = self.clone();
        let due = patch.due.apply(|| task.due.clone());
        let recurrence = self.recurrence(task, due.as_ref(), occasion)?;
        Ok(Task {
            title: patch.title.unwrap_or_else(|| task.title.clone()),
            description: patch.description.apply(|| task.description.clone()),
            priority: patch.priority.unwrap_or(task.priority),
            tags: patch.tags.unwrap_or_else(|| task.tags.clone()),
            reminders: patch.reminders.unwrap_or_else(|| task.reminders.clone()),
            due,
            recurrence,
            ..task.clone()
        })
    }

    fn recurrence(
        &self,
        task: &Task,
        due: Option<&Due>,
        occasion: Occasion,
    ) -> Result<Option<Recurrence>, Invalid> {
        let input = match &self.recurrence {
            Edit::Keep => {
                let kept = task.recurrence.clone();
                return Ok(kept.map(|recurrence| first_dated(recurrence, due, occasion)));
            }
            Edit::Clear => return Ok(None),
            Edit::Set(input) => input.clone(),
        };
        let depth = task.recurrence.as_ref().map_or(0, |recurrence| recurrence.depth);
        let new = input.into_recurrence(occasion.series_id, due, occasion.at)?;
        let same = task.recurrence.as_ref().filter(|old| old.series == new.series);
        Ok(Some(same.cloned().unwrap_or(Recurrence { depth, ..new })))
    }
}

/// A series whose task gets its first due date starts there.
fn first_dated(recurrence: Recurrence, due: Option<&Due>, occasion: Occasion) -> Recurrence {
    let (None, Some(due)) = (recurrence.occurrence, due) else { return recurrence };
    let first = due.local_in(&recurrence.series.zone);
    let series = Series { first, ..recurrence.series };
    Recurrence { series_id: occasion.series_id, series, occurrence: Some(first), ..recurrence }
}
