import { PASSWORD } from "./factories";

const SECRET = "x".repeat(43);

/** Members by the names that inputs use; each schema takes those it knows. */
export const plausible = {
  ...Object.fromEntries(["id", "userId", "deviceId"].map((name) => [name, crypto.randomUUID()])),
  ...{ lifetimeDays: 30, overlapDays: 1, scopes: ["user.read"] },
  ...{ ids: [crypto.randomUUID()], tagIds: [], roles: ["user"], ownerId: null },
  ...{ username: "someone-new", name: "Something new", displayName: "Someone", email: "" },
  ...{ vpnCidr: "10.0.0.0/16", range: "10.0.0.0/28", prefix: 16, address: "10.0.0.9", confirmation: "" },
  ...{ token: SECRET, password: PASSWORD, currentPassword: SECRET, newPassword: PASSWORD },
};
