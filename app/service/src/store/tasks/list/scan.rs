//! Parts of an index that are read one by one.

use domain::query::{Sort, SortValue, TaskKey, TaskQuery};

/// The tasks of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    completed: bool,
    /// Whether the part has the tasks without a due date.
    pub(super) undated: bool,
    sort: Sort,
}

impl Scan {
    /// Whether the index of an order has parts.
    pub(super) fn serves(sort: Sort) -> bool {
        matches!(sort, Sort::Due | Sort::Priority)
    }

    /// The parts that can hold rows of the page.
    pub(super) fn all(query: &TaskQuery) -> Vec<Self> {
        let filter = &query.filter;
        let completed = if filter.is_overdue == Some(true) { Some(false) } else { filter.completed };
        let ranged = filter.due_before.is_some() || filter.due_after.is_some();
        let dated_only = query.sort != Sort::Due || ranged || filter.is_overdue == Some(true);
        let past_dated = matches!(&query.page.after, Some(TaskKey { value: SortValue::Due(None), .. }));
        let part = |completed, undated| Self { completed, undated, sort: query.sort };
        let parts = [part(false, false), part(true, false), part(false, true), part(true, true)];
        let holds = |part: &Self| {
            completed.is_none_or(|completed| completed == part.completed)
                && if part.undated { !dated_only } else { !past_dated }
        };
        parts.into_iter().filter(holds).collect()
    }

    /// What its tasks have in common.
    pub(super) fn condition(self) -> &'static str {
        match (self.completed, self.sort == Sort::Due, self.undated) {
            (false, false, _) => "NOT t.completed",
            (true, false, _) => "t.completed",
            (false, true, false) => "NOT t.completed AND t.due_at IS NOT NULL",
            (true, true, false) => "t.completed AND t.due_at IS NOT NULL",
            (false, true, true) => "NOT t.completed AND t.due_at IS NULL",
            (true, true, true) => "t.completed AND t.due_at IS NULL",
        }
    }
}
