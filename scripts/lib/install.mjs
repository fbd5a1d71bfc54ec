// Packages as the lockfile says, installed only when they are not.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Installs what package-lock.json asks for unless node_modules holds exactly that. @throws {Error} when npm fails */
export function ensureInstalled(root) {
  if (isInstalled(root)) return;
  process.stdout.write("Installing packages…\n");
  const clean = npm(root, ["ci"]);
  // `npm ci` refuses a lockfile written where the registry had no packages for other platforms. A plain install
  // takes the same versions from it, which is checked below, and leaves it as it is.
  const isPartial = clean.status !== 0 && clean.stderr.includes("EUSAGE");
  const result = isPartial ? npm(root, ["install", "--no-save"]) : clean;
  if (result.status !== 0) throw new Error(`npm could not install the packages:\n${result.stderr}`);
  if (!isInstalled(root)) throw new Error("npm installed other versions than package-lock.json asks for");
}

function npm(root, args) {
  const [command, ...first] = npmCommand();
  return spawnSync(command, [...first, ...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
    shell: command === "npm" && process.platform === "win32",
  });
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
