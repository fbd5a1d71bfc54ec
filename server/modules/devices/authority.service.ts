// What the signed pipeline asks before there is a caller: it carries no permission, because it decides who asks.
export { type DeviceAuthority, findDevice, spendNonce } from "./authority.repo";
