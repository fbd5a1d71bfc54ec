SET LOCAL ROLE keyward_definer;
DROP FUNCTION authority_attempt(text, text, text[], int[], bigint[], bigint[], bigint[]);
DROP FUNCTION authority_start_session(uuid, text, text, uuid, uuid, text, int[], int[], int, int, jsonb, text[], bigint[],
  bigint[], text[]);
SET LOCAL ROLE keyward_owner;
DROP FUNCTION end_sessions(uuid[], session_revoke_reason);

REVOKE UPDATE (last_login_at) ON users FROM keyward_definer;
REVOKE UPDATE (revoked_at) ON refresh_tokens FROM keyward_definer;
REVOKE INSERT ON sessions, refresh_tokens, audit_logs FROM keyward_definer;
REVOKE SELECT, INSERT, UPDATE ON rate_limits FROM keyward_definer;
REVOKE EXECUTE ON FUNCTION take_attempts(text[], int[], bigint[], bigint[], bigint[]) FROM keyward_definer;
REVOKE EXECUTE ON FUNCTION return_attempts(text[], bigint[], bigint[], text[]) FROM keyward_definer;
