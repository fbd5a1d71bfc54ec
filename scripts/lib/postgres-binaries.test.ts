import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { binary, locatePackage, nativeDirectory } from "./postgres-binaries.mjs";
import { postgresIdentity } from "./postgres-identity.mjs";

let root: string;
let native: string;

/** The package as an installer leaves it that ran no scripts: no links, and here no right to execute either. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kw-bin-"));
  chmodSync(root, 0o755);
  native = join(root, "package", "native");
  mkdirSync(join(root, "package"));
  cpSync(locatePackage().native, native, { recursive: true, verbatimSymlinks: true });
  for (const entry of readdirSync(join(native, "lib"), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) unlinkSync(join(native, "lib", entry.name));
  }
  chmodSync(binary(native, "postgres"), 0o644);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const runs = (directory: string): boolean =>
  spawnSync(binary(directory, "initdb"), ["--version"], { ...postgresIdentity(directory), cwd: "/" }).status === 0;

test("links and rights that an installer left out are restored in place", () => {
  expect(nativeDirectory(undefined, root, { native, version: "18" })).toBe(native);
  expect(lstatSync(join(native, "lib", "libpq.so.5")).isSymbolicLink()).toBe(true);
  expect(runs(native)).toBe(true);
});

test("programs out of the reach of PostgreSQL's user are copied to where it can run them", () => {
  const identity = postgresIdentity(join(root, "none"));
  if (!identity) return; // as a normal user everything is our own
  chmodSync(join(root, "package"), 0o700);
  const copy = nativeDirectory(identity, root, { native, version: "18" });
  expect(copy).toBe(join(root, "postgres-native-18"));
  expect(runs(copy)).toBe(true);
});
