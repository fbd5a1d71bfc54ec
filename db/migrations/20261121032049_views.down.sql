DROP VIEW system_properties, settings, effective_certificates, user_sessions, user_groups;
DROP FUNCTION write_system_property();
