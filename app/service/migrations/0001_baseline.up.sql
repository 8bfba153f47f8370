-- The role that fences each user's transactions: row-level security applies to it and not to owners and superusers.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'todo_app') THEN
        BEGIN
            CREATE ROLE todo_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server was migrated at the same time
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        -- Since PostgreSQL 16 membership alone does not allow SET ROLE.
        IF current_setting('server_version_num')::int >= 160000 THEN
            IF NOT pg_has_role(current_user, 'todo_app', 'SET') THEN
                EXECUTE format('GRANT todo_app TO %I WITH INHERIT FALSE, SET TRUE', current_user);
            END IF;
        ELSIF NOT pg_has_role(current_user, 'todo_app', 'MEMBER') THEN
            EXECUTE format('GRANT todo_app TO %I', current_user);
        END IF;
    END IF;
    IF NOT has_schema_privilege('todo_app', current_schema(), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO todo_app', current_schema());
    END IF;
END
$$;

CREATE FUNCTION todo_user_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('todo.user_id', true), '')::uuid;

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (char_length(email) <= 254),
    name text CHECK (char_length(name) <= 255),
    password_hash text,
    created_at timestamptz NOT NULL
);

CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 255),
    description text CHECK (char_length(description) <= 1000),
    priority text NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
    completed boolean NOT NULL DEFAULT false,
    completed_at timestamptz,
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (completed = (completed_at IS NOT NULL))
);
CREATE INDEX tasks_user_created ON tasks (user_id, created_at DESC, id DESC);

-- Rows live from the commit of a change until its publication, so the table stays small.
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 15),
    user_id uuid NOT NULL,
    task_id uuid NOT NULL,
    envelope text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_bucket_seq ON outbox (bucket, seq);

CREATE TABLE inbox (
    consumer text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, source, event_id)
);

-- No foreign keys: the log outlives what it tells about.
CREATE TABLE audit_log (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL,
    task_id uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, event_id)
);
CREATE INDEX audit_log_user_seq ON audit_log (user_id, seq DESC);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY users_own ON users TO todo_app USING (id = todo_user_id());
CREATE POLICY tasks_own ON tasks TO todo_app USING (user_id = todo_user_id());
CREATE POLICY outbox_own ON outbox TO todo_app USING (user_id = todo_user_id());
CREATE POLICY audit_log_own ON audit_log TO todo_app USING (user_id = todo_user_id());

GRANT SELECT (id, email, name, created_at) ON users TO todo_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO todo_app;
GRANT INSERT ON outbox TO todo_app;
GRANT SELECT, INSERT ON inbox TO todo_app;
GRANT SELECT, INSERT ON audit_log TO todo_app;
