-- store/tasks.rs: GET
\set n 10 * random(1, :owned)
SELECT @COLUMNS@ FROM @TABLES@ WHERE t.id = lpad(:n::text, 32, '0')::uuid AND t.user_id = @USER@ AND t.deleted_at IS NULL;
