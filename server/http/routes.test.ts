import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { mounted } from "@/server/http/mount";
import { type Handler, matchRoute, routes } from "@/server/http/routes";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Mount {
  file: string;
  /** The path it answers, with folders in brackets as patterns. */
  pattern: RegExp;
  methods: Record<string, Handler>;
}

/** `[name]` is one segment, `[...name]` all that follow, `(name)` none. */
function patternOf(file: string): RegExp {
  const segments = dirname(file)
    .split("/")
    .slice(1)
    .filter((segment) => !segment.startsWith("("));
  const parts = segments.map((segment) =>
    segment.startsWith("[...") ? ".+" : segment.startsWith("[") ? "[^/]+" : segment.replaceAll(".", "\\."),
  );
  return new RegExp(`^/${parts.join("/")}$`);
}

let mounts: Mount[];
beforeAll(async () => {
  const files = globSync("app/**/route.ts", { cwd: root }).toSorted();
  mounts = await Promise.all(
    files.map(async (file) => ({
      file,
      pattern: patternOf(file),
      methods: { ...(await import(pathToFileURL(`${root}${file}`).href)) },
    })),
  );
});

/** An address the route answers. */
const sample = (path: string) => path.replace(/:\w+/g, "sample").replace(/\*$/, "sample");

/** As Next chooses among its folders: the fewest brackets win. */
const mountOf = (pathname: string) =>
  mounts.filter(({ pattern }) => pattern.test(pathname)).toSorted((a, b) => brackets(a) - brackets(b))[0];
const brackets = ({ file }: Mount) => (file.match(/\[\.\.\./g)?.length ?? 0) * 100 + (file.match(/\[/g)?.length ?? 0);

describe("the two lanes have the same endpoints:", () => {
  it.each(routes)("$method $path is mounted under app/", ({ method, path }) => {
    const mount = mountOf(sample(path));
    expect(mount?.file).toBeDefined();
    expect(mount?.methods[method]).toBe(mounted);
  });

  it("whatever is mounted under app/ is in the list, and is nothing but the one mount", () => {
    for (const { file, methods } of mounts) {
      for (const [method, handler] of Object.entries(methods)) {
        const address = `/${dirname(file).split("/").slice(1).join("/")}`.replaceAll(/\[(\.\.\.)?\w+\]/g, "sample");
        expect([file, method, handler === mounted]).toEqual([file, method, true]);
        if (!file.includes("["))
          expect([file, method, typeof matchRoute(method, address)]).toEqual([file, method, "object"]);
      }
    }
  });

  it("every folder answers for at least one route of the list", () => {
    const used = new Set(routes.map(({ path }) => mountOf(sample(path))?.file));
    // Whatever else is asked of agents' addresses is refused in their own, signed way.
    const catchAll = mounts.filter(({ file }) => basename(dirname(file)).startsWith("[...rest]"));
    const idle = mounts.filter((mount) => !used.has(mount.file) && !catchAll.includes(mount));
    expect(idle.map(({ file }) => file)).toEqual([]);
  });
});

describe("finding a route", () => {
  it.each([
    ["GET", "/api/health/live", "object"],
    ["POST", "/api/health/live", "wrong-method"],
    ["GET", "/api/health", "undefined"],
    ["GET", "/api/health/live/", "undefined"],
    ["GET", "/API/health/live", "undefined"],
    ["GET", "/api/health/%6cive", "undefined"],
    ["GET", "/api/trpc/", "undefined"],
    ["GET", "/api/trpc/account.me", "object"],
    ["DELETE", "/api/trpc/account.me", "wrong-method"],
    ["GET", "/api/auth/csrf", "object"],
    ["GET", "/overview", "undefined"],
    ["GET", "/", "undefined"],
    ["GET", "/constructor", "undefined"],
  ])("%s %s → %s", (method, path, expected) => {
    const found = matchRoute(method, path);
    expect(typeof found === "object" ? "object" : String(found)).toBe(expected);
  });

  it("a more exact path goes before a wider one", () => {
    const refresh = matchRoute("POST", "/api/auth/refresh");
    expect(typeof refresh === "object" && refresh.path).toBe("/api/auth/refresh");
    expect(matchRoute("GET", "/api/auth/refresh")).toBe("wrong-method");
  });
});

describe("the mount", () => {
  const ask = (method: string, path: string) => mounted(new Request(`http://localhost:3000${path}`, { method }));

  it("refuses what it does not know as the listener does", async () => {
    expect((await ask("GET", "/api/nothing")).status).toBe(404);
    expect((await ask("POST", "/api/health/live")).status).toBe(405);
  });

  it("answers HEAD like GET", async () => {
    expect((await ask("HEAD", "/api/health/live")).status).toBe(200);
  });
});
