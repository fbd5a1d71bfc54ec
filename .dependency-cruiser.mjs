// Who may import whom. The layers run app → components → contracts and router → service → repo → db; what an import
// brings as a type only is always allowed, because it is gone at run time.

const CONTRACTS = ["^server/modules/.*[./]schema\\.ts$", "^server/core/(permissions|events)\\.ts$", "^db/enums\\.ts$"];
/** The wire profile, which server and agent share: pure functions over node:crypto. */
const WIRE = [
  "^server/core/(message-signature|response-signature|signature-base|signature-fields|public-jwk|canonical-hash|hardware-hash)\\.(ts|vectors\\.json)$",
];
const TESTS = "\\.test\\.tsx?$";
const VALUE = { dependencyTypesNot: ["type-only"] };
const OURS = "^(app|components|server|db|agent|bench|e2e|scripts|proxy\\.ts|instrumentation\\.ts)";

/** `from` may import, of our own files, only `allowed`. */
function only({ name, why }, from, allowed) {
  return {
    name,
    comment: why,
    severity: "error",
    from: { pathNot: [TESTS], ...from },
    to: { path: OURS, pathNot: allowed, ...VALUE },
  };
}

/** `from` must not import `to`. */
function never({ name, why }, from, to) {
  return { name, comment: why, severity: "error", from, to: { ...VALUE, ...to } };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    only(
      { name: "pages-see-components", why: "A page parses its parameters, calls api() and composes components." },
      { path: "^app/", pathNot: [TESTS, "^app/(api|pki|\\.well-known|agent)/"] },
      ["^app/", "^components/", "^server/(trpc|auth)/", ...CONTRACTS],
    ),
    only(
      {
        name: "endpoints-mount-handlers",
        why: "A route handler is one line around a handler of server/http, server/trpc or server/auth.",
      },
      { path: "^app/(api|pki|\\.well-known|agent)/" },
      ["^server/(trpc|http|auth)/"],
    ),
    only(
      { name: "components-see-contracts", why: "Components run in the browser: they see each other and contracts." },
      { path: "^components/" },
      ["^components/", ...CONTRACTS],
    ),
    never(
      { name: "plain-components-know-no-domain", why: "The table, the form and the controls serve every domain." },
      { path: "^components/(ui|table|form)/", pathNot: TESTS },
      { path: ["^server/", "^db/", "^components/(?!(ui|table|form)/)"] },
    ),
    never(
      { name: "router-before-service", why: "A router exposes services and does nothing else." },
      { path: "^server/modules/.*[./]router\\.ts$", pathNot: TESTS },
      { path: ["[./]repo\\.ts$", "^db/"] },
    ),
    never(
      { name: "only-repos-query", why: "Only a module's repo, and the kernel below it, talk to the database." },
      {
        path: "^server/",
        pathNot: [TESTS, "[./]repo\\.ts$", "^server/core/", "^server/testing/", "^server/main\\.ts$"],
      },
      { path: ["^db/", "^node_modules/(drizzle-orm|postgres)/"], pathNot: ["^db/enums\\.ts$"] },
    ),
    never(
      { name: "repo-below-service", why: "A repo knows rows, not operations." },
      { path: "^server/modules/.*[./]repo\\.ts$", pathNot: TESTS },
      { path: ["[./]service\\.ts$", "[./]router\\.ts$", "[./]jobs\\.ts$"] },
    ),
    never(
      { name: "modules-meet-at-services", why: "Of another module, only its services and contracts may be used." },
      { path: "^server/modules/([^/]+)/", pathNot: TESTS },
      {
        path: "^server/modules/",
        pathNot: ["^server/modules/$1/", "^server/modules/.*[./](service|schema)\\.ts$"],
      },
    ),
    never(
      {
        name: "modules-above-kernel-only",
        why: "Modules stand on the kernel; password hashing and refresh tokens are the two tools of server/auth they use.",
      },
      { path: "^server/modules/", pathNot: [TESTS, "[./]router\\.ts$"] },
      { path: ["^server/(?!core/|modules/|auth/(password|refresh-token)\\.ts$)", "^(app|components|agent|scripts)/"] },
    ),
    never(
      { name: "domain-without-framework", why: "The domain knows neither tRPC nor Next nor React." },
      {
        path: ["^server/core/", "^server/modules/", "^db/"],
        pathNot: [TESTS, "^server/modules/.*[./]router\\.ts$"],
      },
      { path: ["^node_modules/(next|next-auth|react|react-dom|@trpc)/"] },
    ),
    only({ name: "core-on-db", why: "The kernel has no domain noun in it." }, { path: "^server/core/" }, [
      "^server/core/",
      "^db/",
    ]),
    only({ name: "db-on-nothing", why: "The database layer stands at the bottom." }, { path: "^db/" }, ["^db/"]),
    only(
      { name: "agent-sees-contracts", why: "The agent is shipped to devices: contracts and the wire profile only." },
      { path: "^agent/" },
      ["^agent/", ...CONTRACTS, ...WIRE],
    ),
    never(
      { name: "auth-libraries-in-auth", why: "Sessions are made and checked in server/auth and nowhere else." },
      { path: "^(app|components|server|db|agent|proxy\\.ts)", pathNot: ["^server/auth/", "^server/testing/", TESTS] },
      { path: "^node_modules/(next-auth|@auth|jose)/" },
    ),
    never(
      { name: "contracts-stay-light", why: "A contract is in the browser's bundle." },
      { path: CONTRACTS, pathNot: TESTS },
      {
        path: OURS,
        pathNot: [...CONTRACTS, "^server/core/(ids|page)\\.ts$", "^server/modules/.*[./]schema\\.ts$"],
      },
    ),
    never(
      { name: "tests-stay-out", why: "What runs does not lean on what tests it." },
      { path: OURS, pathNot: [TESTS, "^server/testing/", "^e2e/", "^bench/"] },
      { path: [TESTS, "^server/testing/", "^e2e/"] },
    ),
    never(
      { name: "run-time-packages", why: "What runs in production is listed under dependencies." },
      {
        path: "^(app|components|server|db|agent|proxy\\.ts|instrumentation\\.ts)",
        pathNot: [TESTS, "^server/testing/"],
      },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], pathNot: "^node_modules/@types/" },
    ),
    {
      name: "no-cycles",
      comment: "Files that need each other are one file, or three.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "Peers of the benchmarks bring packages of their own when they are asked for.",
      severity: "error",
      from: { pathNot: "^bench/peers/" },
      to: { couldNotResolve: true },
    },
    {
      name: "no-orphans",
      comment: "A file that nobody imports and that imports nobody is left over.",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "\\.d\\.(ts|mts)$",
          "\\.(test|spec)\\.tsx?$",
          "^app/",
          "^[^/]+$",
          "^scripts/",
          "^bench/",
          "^agent/service/",
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|dist|node_modules/.cache)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
