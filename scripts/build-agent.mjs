// Bundles the agent into one file that runs on any Node 20 or newer, with its installer and service unit beside it:
//   node scripts/build-agent.mjs [output directory, by default dist/agent]
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * @param {string} [outputDirectory]
 * @returns {Promise<{ sha256: string, bytes: number }>} of the bundle
 */
export async function buildAgent(outputDirectory = join(root, "dist", "agent")) {
  await mkdir(outputDirectory, { recursive: true });
  const bundle = join(outputDirectory, "keyward-agent.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["agent/cli.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: { js: "#!/usr/bin/env node" },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "warning",
  });
  const bytes = await readFile(bundle);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await chmod(bundle, 0o755);
  await writeFile(`${bundle}.sha256`, `${sha256}  keyward-agent.mjs\n`);
  await writeInstaller(outputDirectory, sha256);
  return { sha256, bytes: bytes.length };
}

/** The installer carries the bundle's checksum and the service units, so that it has nothing else to download. */
async function writeInstaller(outputDirectory, sha256) {
  const template = await readFile(join(root, "agent/install.sh"), "utf8");
  const agentUnit = await copyUnit("keyward-agent.service", outputDirectory);
  const gatewayUnit = await copyUnit("keyward-gateway.service", outputDirectory);
  const installer = template
    .replace("@SHA256@", sha256)
    .replace("@UNIT@", () => agentUnit)
    .replace("@GATEWAY_UNIT@", () => gatewayUnit);
  await writeFile(join(outputDirectory, "install.sh"), installer, { mode: 0o755 });
}

async function copyUnit(name, outputDirectory) {
  const unit = await readFile(join(root, "agent/service", name), "utf8");
  await writeFile(join(outputDirectory, name), unit);
  return unit.trimEnd();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { sha256, bytes } = await buildAgent(process.argv[2] && resolve(process.argv[2]));
  console.log(`keyward-agent.mjs: ${bytes} bytes, sha256 ${sha256}`);
}
