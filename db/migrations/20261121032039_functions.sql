-- Who is asking. Both settings last for one transaction; unset and empty mean nobody.

CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

-- 'self', 'admin', 'system' or null
CREATE FUNCTION current_scope() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.scope', true), '') $$;

-- Opens a scope for the rest of the transaction, in one round trip. Beyond 'self' it also takes the role keyward_admin,
-- whose policies are a plain true: the planner may then use trigram indexes, which it must not below a real policy
-- because ilike is not leakproof.
CREATE FUNCTION enter_scope(p_scope text, p_user uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF p_scope IS NULL OR p_scope NOT IN ('self', 'admin', 'system') THEN
    RAISE EXCEPTION 'there is no scope %', p_scope USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_scope = 'self' AND p_user IS NULL THEN
    RAISE EXCEPTION 'the scope self needs a user' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('app.scope', p_scope, true), set_config('app.user_id', coalesce(p_user::text, ''), true);
  PERFORM set_config('role', CASE p_scope WHEN 'self' THEN 'keyward_app' ELSE 'keyward_admin' END, true);
END $$;

CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

-- For rows and tables that must stay: the trigger's argument is the sentence people read.
CREATE FUNCTION refuse() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0]
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;
