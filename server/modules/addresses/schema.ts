import { z } from "zod";
import { allocationStatuses } from "@/db/enums";
import { AllocationId, DeviceId, GatewayId, PoolId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

export const Network = z.union([z.cidrv4(), z.cidrv6()], "Enter a network like 10.77.0.0/16.");
const Address = z.union([z.ipv4(), z.ipv6()], "Enter an address like 10.77.0.9.");

/** The marks of use, in percent, that are reported when a pool passes them. */
export const alertLevels = [0, 80, 95] as const;

export const Pool = z.object({
  id: PoolId,
  cidr: z.string(),
  family: z.union([z.literal(4), z.literal(6)]),
  gatewayId: GatewayId.nullable(),
  gatewayName: z.string().nullable(),
  /** Addresses that may be handed out, and those of them that somebody has. */
  capacity: z.number().int(),
  used: z.number().int(),
  /** Rounded down: 100 is full. */
  percent: z.number().int(),
  alertLevel: z.literal(alertLevels),
  /** Ranges that are only assigned by hand. */
  reserved: z.array(z.string()),
  createdAt: z.date(),
});
export type Pool = z.infer<typeof Pool>;

export const PoolPage = pageOf(Pool);
export type PoolPage = z.infer<typeof PoolPage>;

export const ListPools = PageFilter.extend({
  sort: z.enum(["cidr"]).default("cidr"),
  gateway: GatewayId.optional(),
});
export type ListPools = z.infer<typeof ListPools>;

export const Allocation = z.object({
  id: AllocationId,
  address: z.string(),
  status: z.enum(allocationStatuses),
  /** Null when the pool is gone. */
  poolId: PoolId.nullable(),
  poolCidr: z.string().nullable(),
  gatewayName: z.string(),
  deviceId: DeviceId.nullable(),
  deviceName: z.string().nullable(),
  ownerName: z.string().nullable(),
  allocatedAt: z.date(),
  releasedAt: z.date().nullable(),
  reusableAfter: z.date().nullable(),
});
export type Allocation = z.infer<typeof Allocation>;

export const AllocationPage = pageOf(Allocation);
export type AllocationPage = z.infer<typeof AllocationPage>;

export const allocationStates = ["live", "released"] as const;

export const ListAllocations = PageFilter.extend({
  sort: z.enum(["allocatedAt", "address"]).default("allocatedAt"),
  state: z.enum(allocationStates).optional(),
  pool: PoolId.optional(),
  device: DeviceId.optional(),
  /** This one only. */
  address: Address.optional(),
  /** Those that somebody had at this moment. */
  at: z.coerce.date().optional(),
});
export type ListAllocations = z.infer<typeof ListAllocations>;

/** Addresses read from the lowest, moments from the latest, unless the list was asked otherwise. */
export const allocationDirection = ({ sort, direction }: Pick<ListAllocations, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "address" ? "asc" : "desc");

/** Who had an address at a moment; without one, who has it now. */
export const AskHolder = z.object({ address: Address, at: z.coerce.date().optional() });
export type AskHolder = z.infer<typeof AskHolder>;
export const Holders = z.array(Allocation);

export const PoolById = z.object({ id: PoolId });
export const ResizePool = z.object({ id: PoolId, prefix: z.coerce.number().int().min(8).max(120) });
export const ReserveRange = z.object({ id: PoolId, range: Network });
export const AssignAddress = z.object({ id: PoolId, deviceId: DeviceId, address: Address });
export const AllocationById = z.object({ id: AllocationId });
