// `npm run build`: packages, pages, server and agent, as `npm start` makes them before it serves.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));
const { ensureBuilt } = await import("./lib/build.mjs");
await ensureBuilt(root);
