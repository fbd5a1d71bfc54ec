// The production build, made when the sources it was made from have changed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock } from "./process-lock.mjs";

const SOURCE_DIRECTORIES = ["agent", "app", "components", "db", "messages", "public", "scripts", "server"];
const SOURCE_FILES = [
  "instrumentation.ts",
  "next.config.mjs",
  "package-lock.json",
  "postcss.config.mjs",
  "proxy.ts",
  "tsconfig.json",
];
const OUTPUTS = [".next/BUILD_ID", "dist/server.mjs", "dist/agent/keyward-agent.mjs"];

/** Builds pages, server and agent unless they are up to date. One build at a time; a second caller waits. */
export async function ensureBuilt(root) {
  const release = await waitForTurn(root);
  try {
    const stamp = join(root, "dist", "build.json");
    const sources = hashSources(root);
    if (readStamp(stamp) === sources && OUTPUTS.every((path) => existsSync(join(root, path)))) return;
    rmSync(stamp, { force: true });
    process.stdout.write("Building (this takes a minute; later starts skip it)…\n");
    await buildPages(root);
    await bundleServer(root);
    await run(root, ["scripts/build-agent.mjs"]);
    writeFileSync(stamp, JSON.stringify({ sources }));
  } finally {
    release();
  }
}

/** The process entry with our modules in it, packages left outside. */
export async function bundleServer(root) {
  const { build, stop } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ["server/main.ts"],
    outfile: "dist/server.mjs",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    jsx: "automatic",
    sourcemap: true,
    logLevel: "warning",
    plugins: [packagesOutside(root)],
  });
  // esbuild's helper process would stay for as long as we do.
  await stop();
}

/**
 * Packages stay outside, but for next-auth: it imports `next/server`, a file name without extension, which only a
 * bundler finds. So it comes inside, and what it wants of Next is named in full.
 */
function packagesOutside(root) {
  const inside = /^(next-auth|@auth\/core)(\/|$)/;
  const { resolve } = createRequire(join(root, "package.json"));
  return {
    name: "packages-outside",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point" || path.startsWith("@/") || inside.test(path)) return undefined;
        const isNextFile = /^next\/[^.]+$/.test(path);
        if (isNextFile) resolve(`${path}.js`); // fails the build, not the start, when Next moves it
        return { path: isNextFile ? `${path}.js` : path, external: true };
      });
    },
  };
}

async function buildPages(root) {
  await run(root, [join("node_modules", "next", "dist", "bin", "next"), "build"]);
}

function run(root, args) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${args[0]} failed (${signal ?? `exit code ${code}`})`)),
    );
  });
}

async function waitForTurn(root) {
  mkdirSync(join(root, "dist"), { recursive: true });
  for (;;) {
    try {
      return acquireLock(join(root, "dist", "build.lock"));
    } catch (error) {
      if (!error.holder) throw error;
      await sleep(250);
    }
  }
}

function readStamp(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).sources : undefined;
}

/** One hash over names and contents; times say nothing after a checkout. */
function hashSources(root) {
  const hash = createHash("sha256");
  const files = SOURCE_DIRECTORIES.flatMap((name) => [...sourceFiles(join(root, name))]);
  for (const file of [...SOURCE_FILES.map((name) => join(root, name)), ...files].sort()) {
    if (!existsSync(file)) continue;
    hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function* sourceFiles(directory) {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (!/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}
