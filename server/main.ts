// Comes first: next-auth loads parts of Next that expect Next's environment to be there already.
import "next/dist/server/node-environment-baseline";
import type { Server } from "node:http";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import next from "next";
import { closeDatabase, createClient } from "@/db/client";
import { migrate } from "@/db/migrate";
import { seed } from "@/db/seed";
import { isSecureOrigin } from "@/server/auth/cookies";
import { approvePage } from "@/server/auth/page-approval";
import { stopAnnouncements } from "@/server/core/announcements";
import { EnvError, env } from "@/server/core/env";
import { log } from "@/server/core/log";
import { permissions, rolePermissions } from "@/server/core/permissions";
import { openPlaces } from "@/server/core/places";
import { establishSecrets } from "@/server/core/secret-check";
import { SecretsError } from "@/server/core/secrets";
import { closeStreams } from "@/server/http/event-stream";
import { endPolls } from "@/server/http/gateway-poll";
import { createListener } from "@/server/http/listener";
import { matchRoute } from "@/server/http/routes";
import { startJobs } from "@/server/jobs/runner";
import { announceSetup } from "./announce-setup";
import { type DatabaseServer, openDatabaseServer } from "./database-server";

/** How long requests under way may take to end once we are asked to stop. */
const DRAIN_MS = 10_000;
/** After this the process ends whatever still holds it. */
const SHUTDOWN_LIMIT_MS = 25_000;

/** What has been started, in the order in which it is stopped. */
const started: { name: string; stop(): Promise<unknown> }[] = [];
let isStopping = false;

/**
 * Signatures are made and verified on Node's pool, and passwords elsewhere: more threads than cores only cost the main
 * thread the time to wake them. A slow look at a disk or a name takes one, hence never fewer than two.
 */
function sizeThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(2, availableParallelism()));
}

async function main(): Promise<void> {
  sizeThreadPool();
  const environment = env();
  await openPlaces();
  const database = await openDatabaseServer(environment);
  onStop("database", () => database.stop());
  await prepareDatabase(database);
  const isDev = process.argv.includes("--dev");
  const { KEYWARD_HOST: hostname, KEYWARD_PORT: port } = environment;
  const pages = next({ dev: isDev, dir: process.cwd(), hostname, port });
  await pages.prepare();
  onStop("pages", () => pages.close());
  const server = createListener({
    env: environment,
    matchRoute,
    nextHandler: pages.getRequestHandler(),
    // In development Next compiles the proxy when it is first needed, and may as well use it.
    ...(isDev ? {} : { beforePage: approvePage }),
  });
  const announce = await announceSetup();
  await listen(server, port, hostname);
  onStop("listener", () => drain(server));
  const jobs = await startJobs(database.url);
  onStop("jobs", () => jobs.stop());
  const seconds = (performance.now() / 1000).toFixed(1);
  log.info(
    { url: environment.KEYWARD_URL, host: hostname, port, mode: isDev ? "development" : "production" },
    `Ready after ${seconds} s`,
  );
  if (!isSecureOrigin()) {
    log.warn(
      { url: environment.KEYWARD_URL },
      "KEYWARD_URL is plain HTTP: anyone on the way can read and take over sessions",
    );
  }
  announce();
}

/** Brings the database to this version and checks that our secrets are its secrets. */
async function prepareDatabase({ url }: DatabaseServer): Promise<void> {
  // The pool, which Next's copy of our modules opens too, finds its server here.
  process.env.DATABASE_URL = url;
  process.env.KEYWARD_DATABASE_POOL = String(env().KEYWARD_DATABASE_POOL);
  await migrate(url, { log: (line) => log.info(line) });
  const sql = createClient(url, { max: 1, applicationName: "keyward-start" });
  try {
    await seed(sql, { permissions, rolePermissions });
    await establishSecrets(sql, env());
  } finally {
    await sql.end({ timeout: 5 });
  }
  onStop("pool", closeDatabase);
  onStop("announcements", stopAnnouncements);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Stops accepting, ends the streams and polls, lets requests under way end, then cuts what is left. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    closeStreams();
    endPolls();
    server.closeIdleConnections();
  });
}

function onStop(name: string, stop: () => Promise<unknown>): void {
  started.unshift({ name, stop });
}

async function shutDown(reason: string, exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(exitCode || 1), SHUTDOWN_LIMIT_MS).unref();
  log.info({ reason }, "Stopping");
  for (const { name, stop } of started) {
    await stop().catch((error) => log.error({ err: error, part: name }, "Did not stop cleanly"));
  }
  log.info("Stopped");
  process.exit(exitCode);
}

function fail(error: unknown): void {
  // These two are for the person who set Keyward up: plain text, no stack.
  const isTheirs = error instanceof EnvError || error instanceof SecretsError;
  if (isTheirs) process.stderr.write(`${error.message}\n`);
  else if (isStopping) log.error({ err: error }, "Failed while stopping");
  else log.fatal({ err: error }, "Keyward cannot run");
  void shutDown("failure", 1);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void shutDown(signal, 0));
// The start script waits for us; when it is killed, nobody would stop us any more.
process.once("disconnect", () => void shutDown("parent gone", 0));
process.on("uncaughtException", fail);
process.on("unhandledRejection", (reason) => log.error({ err: reason }, "Unhandled rejection"));

main().catch(fail);
