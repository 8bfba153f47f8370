-- Lexemes begin with a mark of their user, so that a prefix is one user's and a search costs what that user's matches
-- cost: a GIN index collects the matches of a prefix before it looks at anything else (app/docs/adr/0002). A mark that
-- two users share does no harm, for every statement names the owner.
CREATE FUNCTION todo_search_mark(user_id uuid) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN right(user_id::text, 12);

-- Words are cut after 250 characters: with its mark a lexeme must have less than 2 kB.
CREATE FUNCTION todo_search_vector(user_id uuid, title text, description text) RETURNS tsvector LANGUAGE sql IMMUTABLE
    RETURN regexp_replace(
        (setweight(to_tsvector('simple'::regconfig, regexp_replace(title, '(\S{250})\S+', '\1', 'g')), 'A')
            || setweight(to_tsvector('simple'::regconfig,
                regexp_replace(coalesce(description, ''), '(\S{250})\S+', '\1', 'g')), 'B'))::text,
        '(^| )''', '\1''' || todo_search_mark(user_id), 'g')::tsvector;

CREATE FUNCTION todo_search_query(user_id uuid, query text) RETURNS tsquery LANGUAGE sql IMMUTABLE
    RETURN regexp_replace(to_tsquery('simple'::regconfig, query)::text,
        '(^|[ (!])''', '\1''' || todo_search_mark(user_id), 'g')::tsquery;

-- How a task repeats. A change of the rule makes a new row; the occurrences that were made before keep theirs.
CREATE TABLE series (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    rule text NOT NULL CHECK (char_length(rule) BETWEEN 1 AND 255),
    zone text NOT NULL CHECK (char_length(zone) BETWEEN 1 AND 64),
    first_local timestamp NOT NULL,
    anchor text NOT NULL CHECK (anchor IN ('due', 'completion'))
);
CREATE INDEX series_user ON series (user_id);

-- Due is a date in a zone, a local time in a zone, or an instant. due_at is the instant in each case: the start of a
-- date. overdue_at is the end of a date, else the same.
ALTER TABLE tasks
    ADD COLUMN due_date date,
    ADD COLUMN due_local timestamp,
    ADD COLUMN due_zone text CHECK (char_length(due_zone) BETWEEN 1 AND 64),
    ADD COLUMN due_at timestamptz,
    ADD COLUMN overdue_at timestamptz,
    ADD COLUMN series_id uuid REFERENCES series,
    ADD COLUMN occurrence timestamp,
    ADD COLUMN depth integer NOT NULL DEFAULT 0 CHECK (depth BETWEEN 0 AND 1000),
    ADD COLUMN predecessor_id uuid REFERENCES tasks ON DELETE SET NULL,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        todo_search_vector(user_id, title, description)) STORED,
    -- One successor per completion, whoever makes it and how often; deleted ones count.
    ADD CONSTRAINT tasks_predecessor_key UNIQUE (predecessor_id),
    ADD CHECK (due_date IS NULL OR due_local IS NULL),
    ADD CHECK ((due_zone IS NOT NULL) = (due_date IS NOT NULL OR due_local IS NOT NULL)),
    ADD CHECK (due_at IS NOT NULL OR due_zone IS NULL),
    ADD CHECK ((overdue_at IS NULL) = (due_at IS NULL));
CREATE INDEX tasks_series ON tasks (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX tasks_deleted ON tasks (user_id, deleted_at) WHERE deleted_at IS NOT NULL;
-- Every search reads the whole list of pending entries: the default of 4 MB would cost it 4 ms, and spares writes no time.
CREATE INDEX tasks_search ON tasks USING gin (search) WITH (gin_pending_list_limit = 512);
-- One for each order of a listing. Done tasks pile up at the start of two of them, so these hold open and done apart.
CREATE INDEX tasks_user_updated ON tasks (user_id, updated_at, id);
CREATE INDEX tasks_user_due ON tasks (user_id, completed, due_at, id);
CREATE INDEX tasks_user_priority ON tasks (user_id, completed, priority, id);
CREATE INDEX tasks_user_title ON tasks (user_id, (lower(title) COLLATE "C"), id);

CREATE TABLE tags (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 50),
    created_at timestamptz NOT NULL,
    CONSTRAINT tags_user_name_key UNIQUE (user_id, name)
);

CREATE TABLE task_tags (
    task_id uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
    tag_id uuid NOT NULL REFERENCES tags ON DELETE CASCADE,
    user_id uuid NOT NULL,
    PRIMARY KEY (task_id, tag_id)
);
CREATE INDEX task_tags_tag ON task_tags (tag_id, task_id);

-- fire_at is null while the task has no due date.
CREATE TABLE reminders (
    task_id uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
    user_id uuid NOT NULL,
    minutes_before integer NOT NULL CHECK (minutes_before BETWEEN 0 AND 10080),
    fire_at timestamptz,
    PRIMARY KEY (task_id, minutes_before)
);
CREATE INDEX reminders_user_fire ON reminders (user_id, fire_at, task_id, minutes_before) WHERE fire_at IS NOT NULL;

-- What a request with an Idempotency-Key did: kept for a day. answer is the task after the change.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

ALTER TABLE series ENABLE ROW LEVEL SECURITY;
ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE task_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;

-- Foreign keys do not know of policies: what a row refers to is looked at here. The function runs as its owner, for a
-- policy of tasks cannot read tasks itself.
CREATE FUNCTION todo_owns_task(id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
    AS 'SELECT EXISTS (SELECT FROM tasks t WHERE t.id = $1 AND t.user_id = todo_user_id())';

DROP POLICY tasks_own ON tasks;
CREATE POLICY tasks_own ON tasks TO todo_app USING (user_id = todo_user_id()) WITH CHECK (
    user_id = todo_user_id()
    AND (series_id IS NULL OR EXISTS (SELECT FROM series s WHERE s.id = series_id))
    AND (predecessor_id IS NULL OR todo_owns_task(predecessor_id)));
CREATE POLICY series_own ON series TO todo_app USING (user_id = todo_user_id());
CREATE POLICY tags_own ON tags TO todo_app USING (user_id = todo_user_id());
CREATE POLICY task_tags_own ON task_tags TO todo_app USING (user_id = todo_user_id()) WITH CHECK (
    user_id = todo_user_id() AND todo_owns_task(task_id) AND EXISTS (SELECT FROM tags g WHERE g.id = tag_id));
CREATE POLICY reminders_own ON reminders TO todo_app USING (user_id = todo_user_id()) WITH CHECK (
    user_id = todo_user_id() AND todo_owns_task(task_id));
CREATE POLICY idempotency_keys_own ON idempotency_keys TO todo_app USING (user_id = todo_user_id());

GRANT SELECT, INSERT ON series TO todo_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tags, task_tags, reminders TO todo_app;
GRANT SELECT, INSERT ON idempotency_keys TO todo_app;
