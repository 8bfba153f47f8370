REVOKE DELETE ON audit_log FROM todo_app;
REVOKE SELECT (user_id), DELETE ON outbox FROM todo_app;
REVOKE INSERT (id, email, name, created_at), DELETE ON users FROM todo_app;
DROP TABLE erased_users, personal_tokens, identities;
-- The older release needs an address: users without one get one that reaches nobody (RFC 2606 §2).
UPDATE users SET email = id || '@identity.invalid' WHERE email IS NULL;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
