-- store/tasks/list.rs: by_relevance
\set rows 11
SELECT @COLUMNS@, p.rank FROM @TABLES@ JOIN (
SELECT r.id, r.rank FROM (SELECT c.id, c.created_at, ts_rank(c.search, todo_search_query(@USER@, '''budget'':* & ''review'':*')) AS rank
FROM (SELECT t.id, t.created_at, t.search FROM tasks t WHERE t.user_id = @USER@ AND t.deleted_at IS NULL
AND t.search @@ todo_search_query(@USER@, '''budget'':* & ''review'':*') ORDER BY t.created_at DESC, t.id DESC LIMIT 1000) c) r
ORDER BY r.rank DESC, r.created_at DESC, r.id DESC LIMIT :rows) p ON p.id = t.id ORDER BY p.rank DESC, t.created_at DESC, t.id DESC;
