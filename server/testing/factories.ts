import { randomBytes } from "node:crypto";
import type { DeviceStatus } from "@/db/enums";
import { sha256Hex } from "@/server/core/crypto";
import { DeviceId, type SessionId, UserId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import { CreateEnrolmentToken } from "@/server/modules/enrolment/schema";
import * as enrolment from "@/server/modules/enrolment/service";
import { CreateGateway } from "@/server/modules/gateways/schema";
import * as gateways from "@/server/modules/gateways/service";
import { CreateGroup } from "@/server/modules/groups/schema";
import * as groups from "@/server/modules/groups/service";
import * as passwords from "@/server/modules/identity/passwords.service";
import { CreateUser } from "@/server/modules/identity/schema";
import * as users from "@/server/modules/identity/service";
import { takeSignIn } from "@/server/modules/sessions/authority.service";
import * as sessions from "@/server/modules/sessions/service";
import { CreateTag } from "@/server/modules/tags/schema";
import * as tags from "@/server/modules/tags/service";
import { DeviceClient } from "./device-client";
import { freshNetwork } from "./networks";

/** Keyward itself, as the caller that may run every operation. */
export const system: Caller = {
  actor: { kind: "system", name: "test" },
  request: { id: "test", ip: "192.0.2.1", userAgent: "vitest", source: "system" },
};

let made = 0;

/** A name nobody else has. */
export function unique(prefix: string): string {
  made += 1;
  return `${prefix}-${made}-${randomBytes(3).toString("hex")}`;
}

export const PASSWORD = "correct horse battery staple";

export interface TestUser {
  id: UserId;
  username: string;
  password: string;
}

interface UserOptions {
  username?: string;
  email?: string;
  displayName?: string;
  password?: string;
  roles?: readonly string[];
  /** `invited` stops before the password is chosen. */
  status?: "invited" | "active" | "suspended" | "deactivated";
}

/** The secret of a link, which stands in its fragment. */
export const secretOf = (url: string): string => new URL(url).hash.slice(1);

/** A user who accepted the invitation, made by the commands a person would use. */
export async function user(options: UserOptions = {}): Promise<TestUser> {
  const { username = unique("user"), password = PASSWORD, roles = ["user"], status = "active" } = options;
  const { email, displayName } = options;
  const input = CreateUser.parse({ username, email, displayName, roles });
  const link = await passwords.create.execute(system, input);
  const created = { id: link.userId, username, password };
  if (status === "invited") return created;
  await passwords.choose.execute(system, { token: secretOf(link.url), password });
  if (status === "suspended") await users.suspend.execute(system, { id: created.id });
  if (status === "deactivated") await users.deactivate.execute(system, { id: created.id });
  return created;
}

interface SessionOptions {
  device?: string;
  remember?: boolean;
  caller?: Caller;
  /** What happens between the look at the password and the session. */
  meanwhile?: () => PromiseLike<unknown> | undefined;
}

const endless = { budget: { name: "test", free: 1_000_000, windowS: 1 }, key: "" };
/** Budgets that never refuse. */
const FREE = { ofDevice: endless, ofName: endless, others: [] };

/** A session of a user, as a sign-in starts one. */
export async function session(owner: TestUser, options: SessionOptions = {}): Promise<SessionId> {
  const { device = unique("browser"), remember = false, caller = system, meanwhile } = options;
  const { user: found } = await takeSignIn({ login: owner.username, deviceHash: "" }, FREE);
  if (!found) throw new Error(`There is no user ${owner.username}`);
  await meanwhile?.();
  const started = await sessions.start.execute(caller, {
    userId: owner.id,
    checksum: found.checksum,
    deviceHash: sha256Hex(device),
    isRemembered: remember,
    attempts: { keys: [], windows: [], waits: [], forgotten: [] },
  });
  if (!started) throw new Error(`${owner.username} cannot sign in`);
  return started.sessionId;
}

/** An enrolment token with its secret. */
export async function enrolmentToken(input: Partial<CreateEnrolmentToken> = {}) {
  const created = await enrolment.create.execute(
    system,
    CreateEnrolmentToken.parse({ name: unique("token"), ...input }),
  );
  return { ...created.token, secret: created.secret };
}

export const tag = (input: Partial<CreateTag> = {}) =>
  tags.create.execute(system, CreateTag.parse({ name: unique("tag"), ...input }));

export const group = (input: Partial<CreateGroup> = {}) =>
  groups.create.execute(system, CreateGroup.parse({ name: unique("group"), ...input }));
/** A gateway with its pools; its tunnels have a network that nobody else has, unless one is given. */
export const gateway = (input: Partial<CreateGateway> = {}) =>
  gateways.create.execute(
    system,
    CreateGateway.parse({ name: unique("gateway"), vpnCidr: freshNetwork(16), ...input }),
  );

export interface TestDevice {
  id: DeviceId;
  client: DeviceClient;
}

interface DeviceOptions {
  status?: DeviceStatus;
  owner?: TestUser;
  hostname?: string;
  hardwareUuid?: string;
  tagIds?: CreateEnrolmentToken["tagIds"];
}

const { approve, reject, suspend, quarantine, revoke } = lifecycle;

/** The commands that lead from pending into a state; a device retires by itself. */
const STEPS: Record<DeviceStatus, readonly (typeof approve)[]> = {
  pending: [],
  active: [approve],
  suspended: [approve, suspend],
  quarantined: [approve, quarantine],
  rejected: [reject],
  revoked: [revoke],
  retired: [approve],
};

/** A device that enrolled over HTTP with its own key and was then brought into its state. */
export async function device(options: DeviceOptions = {}): Promise<TestDevice> {
  const { status = "active", owner, hostname = unique("device"), hardwareUuid, tagIds = [] } = options;
  const { secret } = await enrolmentToken({ ownerUserId: owner?.id ?? null, tagIds });
  const client = new DeviceClient();
  const answer = await client.enrol({ token: secret, hostname, hardwareUuid });
  if (answer.status !== 201) throw new Error(`Enrolment answered ${answer.status}: ${await answer.text()}`);
  const id = DeviceId.parse((await answer.json()).deviceId);
  for (const step of STEPS[status]) await step.execute(system, { id });
  if (status === "retired") await client.send("DELETE", "/self");
  return { id, client };
}

/** An id that is nobody's. */
export const nobody = (): UserId => UserId.parse(crypto.randomUUID());
