ALTER TABLE gateways DROP COLUMN applied_revision;
