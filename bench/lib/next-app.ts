import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/embedded-postgres.mjs";
import { runNode, startService } from "./command";

interface NextApp {
  /** The app's sources. */
  source: string;
  /** The packages it is built with. */
  modules: string;
  env: Record<string, string>;
}

/**
 * Builds a Next app and serves it. It is built outside the tree, where it finds neither our instrumentation nor our
 * proxy, and by webpack, which follows the link to the packages.
 */
export async function startNextApp({ source, modules, env }: NextApp) {
  const cwd = mkdtempSync(join(tmpdir(), "keyward-bench-next-"));
  cpSync(source, cwd, { recursive: true });
  symlinkSync(modules, join(cwd, "node_modules"));
  const next = join("node_modules", "next", "dist", "bin", "next");
  await runNode({ cwd, args: [next, "build", "--webpack"], env });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [next, "start", "--hostname", "127.0.0.1", "--port", String(port)];
  const { stop } = await startService({ cwd, args, env: { ...env, NEXTAUTH_URL: url }, ready: url });
  return {
    url,
    async stop() {
      await stop();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
