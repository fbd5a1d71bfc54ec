import { z } from "zod";
import { hashPassword } from "@/server/auth/password";
import { randomToken, sha256Hex } from "@/server/core/crypto";
import { env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";
import type { CommandContext } from "@/server/core/operation";
import { command, query } from "@/server/core/operation";
import { requireGoodPassword } from "./password-policy";
import * as repo from "./repo";
import { CreateFirstAdmin, SetupState, SignInName } from "./schema";
import { requireRoles } from "./service";

const SETUP_LINK_H = 24;

/** Whether a first administrator exists. Anyone may know: the sign-in page depends on it. */
export const state = query({
  permission: "anyone",
  input: z.void(),
  output: SetupState,
  run: async ({ reader }) => ({ isSetUp: await repo.anyUser(reader) }),
});

/** A fresh one-time link to `/setup`, replacing any earlier one; `null` once there is a user. */
export const issueLink = command({
  permission: "system",
  unaudited: "It is printed at every start until it is used, and its use is audited",
  input: z.void(),
  output: z.object({ url: z.string().nullable() }),
  async run({ tx, now }) {
    await repo.lockAdmins(tx);
    if (await repo.anyUser(tx)) return { url: null };
    const secret = randomToken();
    const expiresAt = new Date(now().getTime() + SETUP_LINK_H * 3_600_000);
    await repo.replaceSetupToken(tx, { tokenHash: sha256Hex(secret), expiresAt });
    return { url: new URL(`/setup#${secret}`, env().KEYWARD_URL).href };
  },
});

type NewAdmin = Omit<CreateFirstAdmin, "token">;

/** Under the lock on administrators, so that two set-ups cannot both find an empty database. */
async function insertFirstAdmin({ tx, audit }: CommandContext, { password, ...admin }: NewAdmin): Promise<void> {
  if (await repo.anyUser(tx)) throw new AppError("already-set-up", "Keyward has users already. Sign in instead.");
  requireGoodPassword(password, admin);
  const id = await repo.insert(tx, { ...admin, status: "active", passwordHash: await hashPassword(password) });
  await repo.addRoles(tx, id, { ids: await requireRoles(tx, ["admin", "user"]), by: null });
  audit({ event: "setup.completed", subject: id, userId: id, changes: { username: [null, admin.username] } });
}

/** Creates the first administrator with the one-time link. */
export const complete = command({
  permission: "anyone",
  input: CreateFirstAdmin,
  output: SignInName,
  async run(context, { token, ...admin }) {
    await repo.lockAdmins(context.tx);
    if (!(await repo.anyUser(context.tx)) && !(await repo.consumeSetupToken(context.tx, sha256Hex(token)))) {
      throw new AppError(
        "token-invalid",
        "This set-up link has expired or was replaced. Restart Keyward for a new one.",
      );
    }
    await insertFirstAdmin(context, admin);
    return { username: admin.username };
  },
});

/** Creates the first administrator from the environment, for unattended set-up; does nothing once there is a user. */
export const completeUnattended = command({
  permission: "system",
  unaudited: "Nothing happens when there is a user already; otherwise it is audited",
  input: CreateFirstAdmin.omit({ token: true }),
  output: z.object({ isCreated: z.boolean() }),
  async run(context, admin) {
    await repo.lockAdmins(context.tx);
    if (await repo.anyUser(context.tx)) return { isCreated: false };
    await insertFirstAdmin(context, admin);
    return { isCreated: true };
  },
});
