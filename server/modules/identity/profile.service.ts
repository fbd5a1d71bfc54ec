import { z } from "zod";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import { explainTaken } from "./passwords.service";
import * as repo from "./repo";
import { Profile, UpdateProfile } from "./schema";

/** What the caller has stored about themselves, as it stands; `me` falls back to the user name. */
export const profile = query({
  permission: "signed-in",
  input: z.void(),
  output: Profile,
  async run({ reader, actor }) {
    const user = actor.kind === "user" ? await repo.get(reader, actor.userId) : undefined;
    if (!user) throw new AppError("unauthenticated");
    return user;
  },
});

/** Changes the caller's own name and address. A new address counts as unverified. @throws {AppError} name-taken */
export const updateProfile = command({
  permission: "signed-in",
  // The address is where help with a lost account goes.
  stepUp: "recent",
  unaudited: "A profile saved as it was leaves nothing to record; every change is audited",
  input: UpdateProfile,
  output: Profile,
  async run({ tx, actor, audit }, { displayName, email }) {
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    const user = await repo.lock(tx, actor.userId);
    if (!user) throw new AppError("unauthenticated");
    const isOtherEmail = email !== user.email;
    if (!isOtherEmail && displayName === user.displayName) return { displayName, email };
    const unverified = isOtherEmail ? { emailVerified: false, emailVerifiedAt: null } : {};
    await repo
      .update(tx, user.id, { displayName, email, updatedBy: user.id, ...unverified })
      .catch((error: unknown) => Promise.reject(explainTaken(error)));
    audit({
      event: "user.updated",
      subject: user.id,
      userId: user.id,
      changes: {
        ...(displayName === user.displayName ? {} : { displayName: [user.displayName, displayName] }),
        ...(isOtherEmail ? { email: [user.email, email] } : {}),
      },
    });
    return { displayName, email };
  },
});
