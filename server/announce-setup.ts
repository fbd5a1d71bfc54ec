import { env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";
import { log } from "@/server/core/log";
import { systemCaller } from "@/server/core/system-caller";
import { CreateFirstAdmin } from "@/server/modules/identity/schema";
import * as setup from "@/server/modules/identity/setup.service";

/**
 * Makes the first administrator the environment describes, or a one-time link for a person to do it.
 * @returns prints where to go; to be called once requests are answered
 */
export async function announceSetup(): Promise<() => void> {
  if (await createFromEnvironment()) log.info("The first administrator was created from KEYWARD_INIT_ADMIN_*");
  const { url } = await setup.issueLink.execute(systemCaller("start"), undefined);
  const line = url ? `Set Keyward up here (the link works once): ${url}` : `Keyward is ready at ${env().KEYWARD_URL}`;
  return () => void process.stdout.write(`\n  ${line}\n\n`);
}

/** @throws {AppError} naming the variables, when they do not make an administrator */
async function createFromEnvironment(): Promise<boolean> {
  const {
    KEYWARD_INIT_ADMIN_USERNAME: username,
    KEYWARD_INIT_ADMIN_EMAIL: email,
    KEYWARD_INIT_ADMIN_PASSWORD: password,
  } = env();
  if (!username) return false;
  const parsed = CreateFirstAdmin.omit({ token: true }).safeParse({ username, email: email ?? null, password });
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => `KEYWARD_INIT_ADMIN_${path.join("_").toUpperCase()}`);
    throw new AppError("invalid", `Not usable for an administrator: ${[...new Set(fields)].join(", ")}`);
  }
  return (await setup.completeUnattended.execute(systemCaller("start"), parsed.data)).isCreated;
}
