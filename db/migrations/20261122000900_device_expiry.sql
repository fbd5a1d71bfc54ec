ALTER TABLE "devices" ADD COLUMN "expiry_told_h" smallint;--> statement-breakpoint

-- Another end is told of anew, whoever sets it and how.
CREATE FUNCTION forget_told_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.expiry_told_h := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER devices_forget_told_expiry BEFORE UPDATE OF expires_at ON devices
  FOR EACH ROW WHEN (NEW.expires_at IS DISTINCT FROM OLD.expires_at)
  EXECUTE FUNCTION forget_told_expiry();
