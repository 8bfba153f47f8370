-- store/tasks/list.rs: by_column
\set rows 21
SELECT @COLUMNS@ FROM @TABLES@ WHERE t.user_id = @USER@ AND t.deleted_at IS NULL ORDER BY t.created_at DESC, t.id DESC LIMIT :rows;
