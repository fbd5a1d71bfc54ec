// The checks that need no server, in the order in which their findings are most useful.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

const bin = (...path) => join("node_modules", ...path);
const ROOTS = ["app", "agent", "bench", "components", "db", "e2e", "server", "proxy.ts", "instrumentation.ts"];

/** `afterBuild`: needs, or would disturb, what the build writes. */
export const staticChecks = [
  { name: "biome", args: () => [bin("@biomejs", "biome", "bin", "biome"), "ci", "--error-on-warnings", "."] },
  {
    name: "types",
    steps: () => [
      [bin("next", "dist", "bin", "next"), "typegen"],
      [bin("typescript", "bin", "tsc"), "--noEmit"],
    ],
    afterBuild: true,
  },
  {
    name: "layers",
    args: () => [
      bin("dependency-cruiser", "bin", "dependency-cruiser.mjs"),
      "--config",
      ".dependency-cruiser.mjs",
      ...ROOTS.filter((path) => existsSync(path)),
    ],
  },
  { name: "unused code", args: () => [bin("knip", "bin", "knip.js")] },
  { name: "spelling", args: () => [bin("cspell", "bin.mjs"), "--no-progress", "--no-summary", "."] },
  { name: "migrations", args: () => [bin("drizzle-kit", "bin.cjs"), "check"] },
  { name: "files", args: () => [join("scripts", "check-files.mjs")] },
];

/** Runs one check. @returns {Promise<{ name: string, ok: boolean, output: string }>} */
export async function runCheck({ name, args, steps }) {
  let output = "";
  for (const step of steps ? steps() : [args()]) {
    const result = await run(step, { env: { NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" } });
    output += result.output;
    if (!result.ok) return { name, ok: false, output };
  }
  return { name, ok: true, output };
}
