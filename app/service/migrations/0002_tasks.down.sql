-- Deleted tasks are gone for the release before, which knows no deletion.
DELETE FROM tasks WHERE deleted_at IS NOT NULL;
DROP TABLE idempotency_keys, reminders, task_tags, tags;
DROP INDEX tasks_search, tasks_user_updated, tasks_user_due, tasks_user_priority, tasks_user_title;
DROP POLICY tasks_own ON tasks;
CREATE POLICY tasks_own ON tasks TO todo_app USING (user_id = todo_user_id());
ALTER TABLE tasks
    DROP COLUMN search, DROP COLUMN deleted_at, DROP COLUMN predecessor_id, DROP COLUMN depth, DROP COLUMN occurrence,
    DROP COLUMN series_id, DROP COLUMN overdue_at, DROP COLUMN due_at, DROP COLUMN due_zone, DROP COLUMN due_local,
    DROP COLUMN due_date;
DROP TABLE series;
DROP FUNCTION todo_owns_task(uuid), todo_search_query(uuid, text), todo_search_vector(uuid, text, text),
    todo_search_mark(uuid);
