ALTER TABLE "ip_pools" ADD COLUMN "capacity" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ip_pools" ADD COLUMN "used" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ip_pools" ADD COLUMN "alert_level" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "ip_pools_cidr_id" ON "ip_pools" USING btree ("cidr","id");--> statement-breakpoint
CREATE INDEX "ip_allocations_address_id" ON "ip_allocations" USING btree ("address","id");--> statement-breakpoint
CREATE INDEX "ip_allocations_allocated_at_id" ON "ip_allocations" USING btree ("allocated_at","id");