import { readFileSync } from "node:fs";
import { startServer } from "@/e2e/fixtures/server";

const MEBIBYTE_KB = 1024;
const REST_MS = 10_000;

/** Resident memory of one process, MiB. */
function residentMib(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / MEBIBYTE_KB;
}

const cold = await startServer();
await fetch(`${cold.url}/sign-in`);
await new Promise((resolve) => setTimeout(resolve, REST_MS));
const rest = residentMib(cold.process.pid);
cold.process.kill("SIGTERM");
await new Promise((resolve) => cold.process.once("exit", resolve));

const begun = performance.now();
const warm = await startServer({ dataDir: cold.dataDir });
const seconds = (performance.now() - begun) / 1000;
await warm.stop();

console.log("\nstart: memory at rest and a warm start");
console.log(`  resident ${rest.toFixed(0)} MiB, target < 350: ${rest < 350 ? "met" : "NOT MET"}`);
console.log(`  warm start to ready ${seconds.toFixed(1)} s, target < 5: ${seconds < 5 ? "met" : "NOT MET"}`);
