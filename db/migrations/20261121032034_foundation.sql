-- run as: login
-- Extensions and roles. Roles belong to the whole cluster, so some may be there already.

CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- keyward_owner    owns every table and runs the migrations; NOINHERIT, lest the policies for keyward_definer be its own
-- keyward_definer  owns the SECURITY DEFINER functions; row-level security lets it see everything
-- keyward_app      the server; row-level security decides by app.user_id and app.scope
-- keyward_admin    the server inside the admin and system scopes (enter_scope), where no row is hidden
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['keyward_owner', 'keyward_definer', 'keyward_app', 'keyward_admin'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS %s',
        name, CASE WHEN name = 'keyward_owner' THEN 'NOINHERIT' ELSE 'INHERIT' END);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END $$;

DO $$
DECLARE
  -- From 16 on, a role's creator is a member without the right to SET ROLE.
  wanted text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
  edge record;
BEGIN
  FOR edge IN
    SELECT * FROM (VALUES
      ('keyward_definer', 'keyward_owner'),
      ('keyward_app', 'keyward_admin'),
      ('keyward_owner', current_user::text),
      ('keyward_definer', current_user::text),
      ('keyward_app', current_user::text),
      ('keyward_admin', current_user::text)
    ) AS edges (role, member)
  LOOP
    IF NOT pg_has_role(edge.member, edge.role, wanted) THEN
      BEGIN
        EXECUTE format('GRANT %I TO %I', edge.role, edge.member);
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role % exists but is not %''s to use: run GRANT % TO % WITH ADMIN OPTION as whoever made it',
          edge.role, edge.member, edge.role, edge.member USING ERRCODE = 'insufficient_privilege';
      END;
    END IF;
  END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO keyward_owner, keyward_definer;
GRANT USAGE ON SCHEMA public TO keyward_app;

-- Partitions live where the server cannot name them: what their parents refuse, nobody gets behind their backs.
CREATE SCHEMA partitions AUTHORIZATION keyward_owner;

GRANT SELECT ON keyward_migrations TO keyward_app;
