// Programs that the tests need and Debian has.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

/** Whether packages can be installed without asking anybody: as root, on Debian and what descends from it. */
export const canInstall = () => process.platform === "linux" && userInfo().uid === 0 && existsSync("/usr/bin/apt-get");

/** Installs packages, where {@link canInstall}; whether it worked shows in what is there afterwards. */
export function install(...packages) {
  process.stdout.write(`Installing ${packages.join(", ")} from Debian…\n`);
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
}

function apt(...args) {
  spawnSync("apt-get", args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}
