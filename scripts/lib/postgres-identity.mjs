// PostgreSQL refuses to run as root, so a root process needs another user to run it as.
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { userInfo } from "node:os";

const USER = "postgres";

/**
 * The user PostgreSQL runs as: nobody in particular (ourselves) unless we are root; then the owner of an
 * existing data directory, else the system's `postgres` user, created when there is none.
 * @returns {{ uid: number, gid: number } | undefined}
 */
export function postgresIdentity(dataDir) {
  if (process.platform === "win32" || userInfo().uid !== 0) return undefined;
  return ownerOf(dataDir) ?? lookUp() ?? createUser();
}

/** Whether the identity may do `check` (a `test` operator: -x, -r, -w) to the path. */
export function canAccess(identity, check, path) {
  if (!identity) return true;
  return spawnSync("/bin/sh", ["-c", `test ${check} "$1"`, "sh", path], { ...identity, cwd: "/" }).status === 0;
}

function ownerOf(dataDir) {
  try {
    const { uid, gid } = statSync(dataDir);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

function lookUp() {
  try {
    const ask = (flag) => Number(execFileSync("id", [flag, USER], { encoding: "utf8", stdio: "pipe" }));
    return { uid: ask("-u"), gid: ask("-g") };
  } catch {
    return undefined;
  }
}

function createUser() {
  const attempts = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]],
    ["adduser", ["-S", "-D", "-H", "-s", "/sbin/nologin", USER]], // BusyBox
  ];
  for (const [command, args] of attempts) {
    spawnSync(command, args, { stdio: "ignore" });
    const identity = lookUp();
    if (identity) return identity;
  }
  throw new Error(
    "PostgreSQL does not run as root and no user could be created for it. Start Keyward as a normal user, or set DATABASE_URL.",
  );
}
