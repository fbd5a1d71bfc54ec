DROP TRIGGER users_announce_change ON users;
DROP FUNCTION announce_user_change();
DROP TRIGGER sessions_announce_end ON sessions;
DROP FUNCTION announce_session_end();
