/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // forbidden() answers 403 with app/**/forbidden.tsx.
  experimental: { authInterrupts: true },
  // Native modules and those that must be one per process stay out of Next's bundles.
  serverExternalPackages: ["@node-rs/argon2", "@node-rs/bcrypt", "graphile-worker", "pino", "piscina", "postgres"],
  // Types are checked by `npm run check`; a start from a fresh clone need not wait for them.
  typescript: { ignoreBuildErrors: true },
  images: { unoptimized: true },
  turbopack: { root: import.meta.dirname },
};

export default config;
