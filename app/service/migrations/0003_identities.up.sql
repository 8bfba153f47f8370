-- A user of another issuer may come without an address.
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

-- A subject is a text: not every issuer counts in UUIDs.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- SHA-256 alone: a token has 256 random bits.
CREATE TABLE personal_tokens (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    scopes text[] NOT NULL CHECK (cardinality(scopes) >= 1),
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX personal_tokens_user ON personal_tokens (user_id, id DESC);

-- Ids of deleted users: an event about them that is still in the broker writes nothing any more. Nothing else is kept.
CREATE TABLE erased_users (
    user_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_users ENABLE ROW LEVEL SECURITY;

CREATE POLICY identities_own ON identities TO todo_app USING (user_id = todo_user_id());
CREATE POLICY personal_tokens_own ON personal_tokens TO todo_app USING (user_id = todo_user_id());
CREATE POLICY erased_users_own ON erased_users TO todo_app USING (user_id = todo_user_id());

GRANT SELECT, INSERT ON identities TO todo_app;
GRANT SELECT, INSERT, DELETE ON personal_tokens TO todo_app;
GRANT UPDATE (last_used_at) ON personal_tokens TO todo_app;
GRANT SELECT, INSERT ON erased_users TO todo_app;
-- The end of an account, inside its own fence.
GRANT INSERT (id, email, name, created_at), DELETE ON users TO todo_app;
GRANT SELECT (user_id), DELETE ON outbox TO todo_app;
GRANT DELETE ON audit_log TO todo_app;
