DROP INDEX password_reset_tokens_issued_by;
ALTER TABLE password_reset_tokens DROP COLUMN issued_by;
