-- store/tasks.rs: create. The fence is one round trip, as in the store.
\set n :n + 1
\set id :base * 100000000 + :n * 64 + :client_id
\startpipeline
@FENCE@;
\endpipeline
WITH task AS (INSERT INTO tasks (id, user_id, title, description, priority, due_date, due_local, due_zone, due_at, overdue_at, series_id, occurrence, depth, completed, completed_at, deleted_at, version, updated_at, predecessor_id, created_at)
VALUES (lpad(:id::text, 32, '0')::uuid, @USER@, 'Prepare the budget report', 'For the meeting on Monday morning', 'P2', NULL, '2027-02-10 09:00', 'Europe/Berlin', '2027-02-10 08:00Z', '2027-02-10 08:00Z', NULL, NULL, 0, false, NULL, NULL, 1, now(), NULL, now())
ON CONFLICT ON CONSTRAINT tasks_predecessor_key DO NOTHING RETURNING id, user_id)
INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT lpad(:id::text, 32, '0')::uuid, 1, user_id, id, repeat('x', 900) FROM task;
WITH found AS (SELECT id, user_id FROM tags WHERE user_id = @USER@ AND name = ANY('{tag01,tag02}') ORDER BY id FOR KEY SHARE),
linked AS (INSERT INTO task_tags (task_id, tag_id, user_id) SELECT lpad(:id::text, 32, '0')::uuid, id, user_id FROM found ON CONFLICT DO NOTHING)
SELECT count(*) FROM found;
INSERT INTO reminders (task_id, user_id, minutes_before, fire_at)
SELECT lpad(:id::text, 32, '0')::uuid, @USER@, r.minutes, r.fire_at FROM unnest('{30}'::integer[], '{2027-02-10 07:30Z}'::timestamptz[]) AS r (minutes, fire_at);
COMMIT;
