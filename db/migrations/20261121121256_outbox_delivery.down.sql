DROP INDEX outbox_pending, outbox_delivered_at, outbox_failed_at;
ALTER TABLE outbox DROP COLUMN failed_at;
CREATE INDEX outbox_delivered_at_available_at ON outbox (delivered_at, available_at);
