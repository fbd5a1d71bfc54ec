import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@\//, replacement: fileURLToPath(new URL("./", import.meta.url)) },
      // next-auth asks for these files without their extension, which only a bundler finds.
      { find: /^next\/(server|headers|navigation)$/, replacement: "next/$1.js" },
    ],
  },
  test: {
    include: ["{agent,app,bench,components,db,scripts,server}/**/*.test.{ts,tsx}", "*.test.ts"],
    environment: "node",
    globalSetup: ["server/testing/global-setup.ts"],
    setupFiles: ["server/testing/process-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    server: { deps: { inline: ["next-auth", "@auth/core"] } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
