import { join } from "node:path";

/** @type {import("next").NextConfig} */
const config = {
  serverExternalPackages: ["postgres"],
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: join(import.meta.dirname, "..", "..", "..") },
};

export default config;
