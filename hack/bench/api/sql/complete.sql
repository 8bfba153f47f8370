-- store/tasks.rs: change. The fence and the lock are one round trip, as in the store.
\set n 10 * random(1, :owned)
\startpipeline
@FENCE@;
SELECT FROM tasks WHERE id = lpad(:n::text, 32, '0')::uuid AND user_id = @USER@ FOR UPDATE;
\endpipeline
SELECT @COLUMNS@ FROM @TABLES@ WHERE t.id = lpad(:n::text, 32, '0')::uuid AND t.user_id = @USER@;
WITH task AS (UPDATE tasks SET title = title, description = description, priority = priority, due_date = due_date, due_local = due_local, due_zone = due_zone, due_at = due_at, overdue_at = overdue_at, series_id = series_id, occurrence = occurrence, depth = depth, completed = true, completed_at = now(), deleted_at = NULL, version = version + 1, updated_at = now()
WHERE id = lpad(:n::text, 32, '0')::uuid AND user_id = @USER@ RETURNING id, user_id)
INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT gen_random_uuid(), 1, user_id, id, repeat('x', 900) FROM task;
COMMIT;
