import { startServer } from "./fixtures/server";

/** One production server for the whole run; specs that need one of their own start it themselves. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const server = await startServer();
  process.env.KEYWARD_E2E_URL = server.url;
  process.env.KEYWARD_E2E_SETUP_LINK = server.setupLink ?? "";
  process.env.KEYWARD_E2E_DATABASE_URL = server.databaseUrl ?? "";
  return () => server.stop();
}
