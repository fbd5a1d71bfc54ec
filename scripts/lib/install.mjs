// Packages as the lockfile says, installed only when they are not.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Runs `npm ci` unless node_modules holds exactly what package-lock.json asks for. @throws {Error} when npm fails */
export function ensureInstalled(root) {
  if (isInstalled(root)) return;
  process.stdout.write("Installing packages (npm ci)…\n");
  const [command, ...args] = npmCommand();
  const result = spawnSync(command, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: command === "npm" && process.platform === "win32",
  });
  if (result.status !== 0) throw new Error("npm ci failed; its messages are above");
}

/**
 * npm leaves a copy of the lockfile beside what it installed. An `npm ci` cut short leaves none, and a lockfile
 * changed since differs from it. Optional packages are left out: each platform has its own.
 */
function isInstalled(root) {
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  const wanted = readPackages(join(root, "package-lock.json"));
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === "" || optional || devOptional || link || installed[path]?.version === version,
  );
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/** The npm that runs us, else the one on the path. */
function npmCommand() {
  const running = process.env.npm_execpath;
  return running && basename(running) === "npm-cli.js" ? [process.execPath, running] : ["npm"];
}
