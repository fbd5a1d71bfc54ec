import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readText } from "@/agent/facts/read-file";
import type { PackageFacts } from "@/server/modules/agents/facts.schema";

type Package = PackageFacts["packages"][number];

const run = promisify(execFile);
const MAX_PACKAGES = 50_000;

/** Lines of `name⇥version⇥architecture`, with a dpkg status in front where there is one: only installed ones count. */
export function parseTable(text: string): Package[] {
  return text.split("\n").flatMap((line) => {
    const [status = "", name, version, arch] = line.split("\t");
    return status.startsWith("ii") && name && version ? [{ name, version, arch: arch || null }] : [];
  });
}

/** The database of apk(8): blocks of `K:value` lines. */
export const parseApkDatabase = (text: string): Package[] =>
  text.split("\n\n").flatMap((block) => {
    const value = (key: string) => new RegExp(`^${key}:(.+)$`, "m").exec(block)?.[1];
    const [name, version, arch] = [value("P"), value("V"), value("A")];
    return name && version ? [{ name, version, arch: arch ?? null }] : [];
  });

/** Lines of `name version`, as pacman(8) lists them. */
export const parsePacman = (text: string): Package[] =>
  text.split("\n").flatMap((line) => {
    const [name, version] = line.trim().split(" ");
    return name && version ? [{ name, version, arch: null }] : [];
  });

/** The output of a program, or undefined where there is none. Without a shell, in the C locale, for a minute at most. */
async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const options = {
      env: { ...process.env, LC_ALL: "C", KEYWARD_TOKEN: undefined },
      timeout: 60_000,
      maxBuffer: 32 * 1024 * 1024,
    };
    return (await run(command, [...args], options)).stdout;
  } catch {
    return undefined;
  }
}

const DPKG = ["-W", "-f", `\${db:Status-Abbrev}\\t\${Package}\\t\${Version}\\t\${Architecture}\\n`];
const RPM = ["-qa", "--qf", "ii\\t%{NAME}\\t%{EVR}\\t%{ARCH}\\n"];

async function list(): Promise<PackageFacts> {
  const dpkg = await output("dpkg-query", DPKG);
  if (dpkg) return { manager: "dpkg", packages: parseTable(dpkg) };
  const apk = readText("/lib/apk/db/installed");
  if (apk) return { manager: "apk", packages: parseApkDatabase(apk) };
  const rpm = await output("rpm", RPM);
  if (rpm) return { manager: "rpm", packages: parseTable(rpm) };
  const pacman = await output("pacman", ["-Q"]);
  return pacman ? { manager: "pacman", packages: parsePacman(pacman) } : { manager: "none", packages: [] };
}

const byName = (left: Package, right: Package) =>
  `${left.name} ${left.arch} ${left.version}` < `${right.name} ${right.arch} ${right.version}` ? -1 : 1;

export async function collectPackages(): Promise<PackageFacts> {
  const { manager, packages } = await list();
  return { manager, packages: packages.sort(byName).slice(0, MAX_PACKAGES) };
}
