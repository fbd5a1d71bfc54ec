-- Roles stay: other databases of the cluster may use them.
REVOKE SELECT ON keyward_migrations FROM keyward_app;
DROP SCHEMA partitions;
REVOKE ALL ON SCHEMA public FROM keyward_app, keyward_owner, keyward_definer;
DROP EXTENSION btree_gist;
DROP EXTENSION pgcrypto;
DROP EXTENSION pg_trgm;
DROP EXTENSION citext;
