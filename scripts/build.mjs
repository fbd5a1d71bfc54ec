// `npm run build`: packages, pages, server and agent, as `npm start` makes them before it serves.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./lib/install.mjs";
import { ensureRuntime } from "./lib/runtime.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
ensureInstalled(root);
await ensureRuntime(root, fileURLToPath(import.meta.url));
const { ensureBuilt } = await import("./lib/build.mjs");
await ensureBuilt(root);
