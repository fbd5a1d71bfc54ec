DROP FUNCTION refuse();
DROP FUNCTION set_updated_at();
DROP FUNCTION enter_scope(text, uuid);
DROP FUNCTION current_scope();
DROP FUNCTION current_user_id();
