-- Tasks, the same in every run: whatever is chosen, a hash of the row's number chooses. Expects the variable tasks.
-- User 1 has a tenth of the tasks, user 2 a hundredth, about 900 others share the rest.
\set ON_ERROR_STOP on
SET session_replication_role = replica; -- no foreign key is checked: each is made from the number that it refers to
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';

CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, choices bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN abs(hashint8extended(n, salt) % choices);
CREATE FUNCTION pg_temp.key(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(n::text, 32, '0')::uuid;

INSERT INTO users (id, email, name, created_at)
SELECT pg_temp.key(n), 'user' || n || '@example.com', 'User ' || n, '2025-01-01Z' FROM generate_series(1, 902) n;

CREATE TEMP TABLE made AS
SELECT n, CASE WHEN n % 10 = 0 THEN 1 WHEN n % 100 = 1 THEN 2 ELSE 3 + pg_temp.pick(n, 1, 900) END AS owner,
    pg_temp.pick(n, 2, 10) < 3 AS done, pg_temp.pick(n, 3, 10) < 7 AS dated, pg_temp.pick(n, 4, 2) = 0 AS whole_day,
    timestamptz '2025-01-01Z' + n * interval '20 seconds' AS made_at,
    timestamp '2025-06-01 09:00' + pg_temp.pick(n, 5, 700) * interval '1 day' AS due
FROM generate_series(1, :tasks) n;

-- Four to seven words; "report" in about every fourth title, "budget" and "review" in every twentieth, "quasar" in one of
-- a thousand.
INSERT INTO tasks (id, user_id, title, description, priority, due_date, due_local, due_zone, due_at, overdue_at,
    completed, completed_at, version, created_at, updated_at)
SELECT pg_temp.key(n), pg_temp.key(owner),
    concat_ws(' ',
        (SELECT string_agg('word' || floor(sqrt(pg_temp.pick(n, 10 + w, 4000000)))::int, ' ')
            FROM generate_series(1, 4 + pg_temp.pick(n, 6, 3)) w),
        CASE WHEN pg_temp.pick(n, 7, 4) = 0 THEN 'report' END,
        CASE WHEN pg_temp.pick(n, 8, 20) = 0 THEN 'budget' END,
        CASE WHEN pg_temp.pick(n, 9, 20) = 0 THEN 'review' END,
        CASE WHEN pg_temp.pick(n, 10, 1000) = 0 THEN 'quasar' END),
    (SELECT string_agg('text' || pg_temp.pick(n, 30 + w, 2000), ' ') FROM generate_series(1, 12) w),
    'P' || 1 + pg_temp.pick(n, 50, 4),
    CASE WHEN dated AND whole_day THEN due::date END, CASE WHEN dated AND NOT whole_day THEN due END,
    CASE WHEN dated THEN 'Europe/Berlin' END,
    CASE WHEN dated AND whole_day THEN due::date::timestamp AT TIME ZONE 'Europe/Berlin'
        WHEN dated THEN due AT TIME ZONE 'Europe/Berlin' END,
    CASE WHEN dated AND whole_day THEN (due::date + 1)::timestamp AT TIME ZONE 'Europe/Berlin'
        WHEN dated THEN due AT TIME ZONE 'Europe/Berlin' END,
    done, CASE WHEN done THEN made_at END, 1, made_at, made_at
FROM made ORDER BY n;

-- 50 tags for the two large users, 10 for the others; three links for two tasks.
INSERT INTO tags (id, user_id, name, created_at)
SELECT pg_temp.key(u * 100 + t), pg_temp.key(u), 'tag' || lpad(t::text, 2, '0'), '2025-01-01Z'
FROM generate_series(1, 902) u, generate_series(0, 49) t WHERE u <= 2 OR t < 10;
INSERT INTO task_tags (task_id, tag_id, user_id)
SELECT pg_temp.key(n), pg_temp.key(owner * 100 + t), pg_temp.key(owner)
FROM made, generate_series(1, 1 + pg_temp.pick(n, 60, 2)) i,
    LATERAL (SELECT pg_temp.pick(n, 60 + i, CASE WHEN owner <= 2 THEN 50 ELSE 10 END) AS t) picked
ON CONFLICT DO NOTHING;
INSERT INTO reminders (task_id, user_id, minutes_before, fire_at)
SELECT pg_temp.key(n), pg_temp.key(owner), 30, due AT TIME ZONE 'Europe/Berlin' - interval '30 minutes'
FROM made WHERE dated AND NOT whole_day;

SET session_replication_role = origin;
VACUUM (ANALYZE);
CHECKPOINT;
