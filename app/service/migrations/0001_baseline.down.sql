-- The role stays: other databases of the server may use it.
DROP TABLE audit_log, inbox, outbox, tasks, users;
DROP FUNCTION todo_user_id();
