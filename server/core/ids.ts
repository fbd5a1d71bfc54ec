import { z } from "zod";

/** Branded identifiers: a user's id cannot be passed where a device's is expected. */
export const UserId = z.uuid().brand<"UserId">();
export type UserId = z.infer<typeof UserId>;
export const RoleId = z.uuid().brand<"RoleId">();
export type RoleId = z.infer<typeof RoleId>;
export const SessionId = z.uuid().brand<"SessionId">();
export type SessionId = z.infer<typeof SessionId>;
export const DeviceId = z.uuid().brand<"DeviceId">();
export type DeviceId = z.infer<typeof DeviceId>;
export const TagId = z.uuid().brand<"TagId">();
export type TagId = z.infer<typeof TagId>;
export const ApiKeyId = z.uuid().brand<"ApiKeyId">();
export type ApiKeyId = z.infer<typeof ApiKeyId>;
export const EnrolmentTokenId = z.uuid().brand<"EnrolmentTokenId">();
export type EnrolmentTokenId = z.infer<typeof EnrolmentTokenId>;
export const GroupId = z.uuid().brand<"GroupId">();
export type GroupId = z.infer<typeof GroupId>;
export const GatewayId = z.uuid().brand<"GatewayId">();
export type GatewayId = z.infer<typeof GatewayId>;
export const PoolId = z.uuid().brand<"PoolId">();
export type PoolId = z.infer<typeof PoolId>;
export const PolicyId = z.uuid().brand<"PolicyId">();
export type PolicyId = z.infer<typeof PolicyId>;
export const PolicyTestId = z.uuid().brand<"PolicyTestId">();
export type PolicyTestId = z.infer<typeof PolicyTestId>;
export const TunnelId = z.uuid().brand<"TunnelId">();
export type TunnelId = z.infer<typeof TunnelId>;
