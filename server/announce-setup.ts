import { env } from "@/server/core/env";

/** Tells whoever started Keyward where to go; called once, when requests are answered. */
export async function announceSetup(): Promise<void> {
  process.stdout.write(`\n  Keyward is ready at ${env().KEYWARD_URL}\n\n`);
}
