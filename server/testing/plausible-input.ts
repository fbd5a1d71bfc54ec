import { PASSWORD } from "./factories";

const SECRET = "x".repeat(43);

/** Members by the names that inputs use; each schema takes those it knows. */
export const plausible = {
  ...Object.fromEntries(["id", "userId", "deviceId", "sourceId"].map((name) => [name, crypto.randomUUID()])),
  ...{
    expiresAt: "2030-01-01T00:00:00Z",
    lifetimeDays: 30,
    overlapDays: 1,
    scopes: ["user.read"],
    updatedAt: "2026-01-01T00:00:00Z",
  },
  ...{ prefix: 16, range: "10.0.0.0/28", address: "10.0.0.9", vpnCidr: "10.0.0.0/16", confirmation: "Confirmed" },
  ...{ gatewayId: crypto.randomUUID(), publicKey: `${"A".repeat(42)}E=`, platform: "ios", resolution: "hour" },
  ...{
    ids: [crypto.randomUUID()],
    userIds: [crypto.randomUUID()],
    tagIds: [],
    roles: ["user"],
    ownerId: null,
    type: "tag",
  },
  ...{ username: "someone-new", name: "Something new", displayName: "Someone", email: "" },
  ...{ sourceType: "user", destination: "10.0.0.1", expect: "deny", dst: "10.0.0.1", device: crypto.randomUUID() },
  ...{ setting: "device.max_per_user", value: 5 },
  ...{ token: SECRET, password: PASSWORD, currentPassword: SECRET, newPassword: PASSWORD },
};
