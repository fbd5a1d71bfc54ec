ALTER TABLE "groups" ADD COLUMN "device_limit" integer;--> statement-breakpoint
ALTER TABLE "gateways" ADD COLUMN "offline_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "device_limit" integer;--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "warned_h" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_device_limit" CHECK ("groups"."device_limit" between 0 and 1000);--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_device_limit" CHECK ("users"."device_limit" between 0 and 1000);--> statement-breakpoint
GRANT SELECT (device_limit), UPDATE (device_limit) ON users TO keyward_app;

-- Another end is warned of anew, whoever sets it and how.
CREATE FUNCTION forget_warning() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.warned_h := 0;
  RETURN NEW;
END $$;
CREATE TRIGGER wireguard_peers_forget_warning BEFORE UPDATE OF not_after ON wireguard_peers
  FOR EACH ROW WHEN (NEW.not_after IS DISTINCT FROM OLD.not_after)
  EXECUTE FUNCTION forget_warning();
