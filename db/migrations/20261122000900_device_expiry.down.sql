DROP TRIGGER devices_forget_told_expiry ON devices;
DROP FUNCTION forget_told_expiry();
ALTER TABLE devices DROP COLUMN expiry_told_h;
