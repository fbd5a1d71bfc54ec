// `npm start` and `npm run dev`: from a fresh clone to a running Keyward. Plain JavaScript for any Node from 18 on,
// because it installs what everything else needs.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isDev = process.argv.includes("--dev");

try {
  process.chdir(root);
  await prepare(root, fileURLToPath(import.meta.url));
  if (existsSync(".env")) process.loadEnvFile(".env");
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  process.env.NODE_ENV = isDev ? "development" : "production";
  // In development every endpoint goes through Next, which picks up changes.
  if (isDev) process.env.KEYWARD_FAST_LANE ??= "off";
  const { bundleServer, ensureBuilt } = await import("./lib/build.mjs");
  await (isDev ? bundleServer(root) : ensureBuilt(root));
  await import(pathToFileURL(join(root, "dist", "server.mjs")).href);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
