import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvError, loadEnv, variableNames } from "./env";

const problemsOf = (source: Record<string, string>): readonly string[] => {
  try {
    loadEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
};

const fileWith = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "keyward-env-")), "value");
  writeFileSync(path, text);
  return path;
};

test("an empty environment is enough", () => {
  const env = loadEnv({});
  expect(env).toMatchObject({
    DATABASE_URL: undefined,
    KEYWARD_URL: "http://localhost:3000",
    KEYWARD_HOST: "127.0.0.1",
    KEYWARD_PORT: 3000,
    KEYWARD_DATA_DIR: join(process.cwd(), ".keyward"),
    KEYWARD_TRUSTED_PROXIES: { kind: "hops", count: 0 },
    KEYWARD_FAST_LANE: "on",
  });
});

test("the default address follows the port, and PORT gives way to KEYWARD_PORT", () => {
  expect(loadEnv({ PORT: "8080" }).KEYWARD_URL).toBe("http://localhost:8080");
  expect(loadEnv({ PORT: "8080", KEYWARD_PORT: "9090" }).KEYWARD_PORT).toBe(9090);
});

test("a public address opens the port to others, a local one does not, and KEYWARD_HOST overrules both", () => {
  expect(loadEnv({ KEYWARD_URL: "https://keyward.example.com" }).KEYWARD_HOST).toBe("0.0.0.0");
  expect(loadEnv({ KEYWARD_URL: "http://localhost.example.com" }).KEYWARD_HOST).toBe("0.0.0.0");
  expect(loadEnv({ KEYWARD_URL: "http://[::1]:3000" }).KEYWARD_HOST).toBe("127.0.0.1");
  expect(loadEnv({ KEYWARD_HOST: "::" }).KEYWARD_HOST).toBe("::");
});

test("KEYWARD_URL is reduced to its origin, and anything more than an origin is refused", () => {
  expect(loadEnv({ KEYWARD_URL: "https://Keyward.Example.com:443/" }).KEYWARD_URL).toBe("https://keyward.example.com");
  for (const url of [
    "keyward.example.com",
    "ftp://x",
    "https://x/path",
    "https://x/?q",
    "https://x/#f",
    "https://me:pw@x",
  ])
    expect(problemsOf({ KEYWARD_URL: url }), url).toHaveLength(1);
});

test("trusted proxies are a count, addresses or networks", () => {
  expect(loadEnv({ KEYWARD_TRUSTED_PROXIES: "2" }).KEYWARD_TRUSTED_PROXIES).toEqual({ kind: "hops", count: 2 });
  expect(loadEnv({ KEYWARD_TRUSTED_PROXIES: "10.0.0.0/8, 192.0.2.7 ::1" }).KEYWARD_TRUSTED_PROXIES).toEqual({
    kind: "networks",
    networks: ["10.0.0.0/8", "192.0.2.7/32", "::1/128"],
  });
  for (const text of ["yes", "10.0.0.0/33", "10.1", "-1", "fe80::/10,proxy"])
    expect(problemsOf({ KEYWARD_TRUSTED_PROXIES: text }), text).toHaveLength(1);
});

test("every problem is listed at once, each naming its variable and none showing a value", () => {
  const bad = {
    DATABASE_URL: "mysql://root:hunter2-value@db/x",
    KEYWARD_PORT: "hunter2-value",
    KEYWARD_URL: "hunter2-value",
    KEYWARD_LOG_LEVEL: "hunter2-value",
    KEYWARD_DATABASE_POOL: "9999",
    KEYWARD_AUTH_CACHE: "hunter2-value",
    KEYWARD_FAST_LANE: "hunter2-value",
    KEYWARD_TRUSTED_PROXIES: "hunter2-value",
    KEYWARD_INIT_ADMIN_EMAIL: "hunter2-value",
  };
  const problems = problemsOf(bad);
  for (const name of Object.keys(bad))
    expect(
      problems.filter((problem) => problem.startsWith(`${name} `)),
      name,
    ).toHaveLength(1);
  expect(new EnvError(problems).message).not.toContain("hunter2-value");
});

test("the first administrator is given whole or not at all", () => {
  expect(problemsOf({ KEYWARD_INIT_ADMIN_USERNAME: "root" })).toEqual([
    expect.stringContaining("KEYWARD_INIT_ADMIN_PASSWORD"),
  ]);
  expect(problemsOf({ KEYWARD_INIT_ADMIN_PASSWORD: "x" })).toEqual([
    expect.stringContaining("KEYWARD_INIT_ADMIN_USERNAME"),
  ]);
  expect(problemsOf({ KEYWARD_INIT_ADMIN_EMAIL: "a@example.com" })).toHaveLength(2);
  expect(problemsOf({ KEYWARD_INIT_ADMIN_USERNAME: "root", KEYWARD_INIT_ADMIN_PASSWORD: "x" })).toEqual([]);
});

describe("variables from files", () => {
  test("every variable may come from the file that its _FILE twin names, without the last line break", () => {
    const env = loadEnv({
      DATABASE_URL_FILE: fileWith("postgres://db/x\n"),
      KEYWARD_SESSION_KEY_FILE: fileWith("a b \r\n"),
    });
    expect(env.DATABASE_URL).toBe("postgres://db/x");
    expect(env.KEYWARD_SESSION_KEY).toBe("a b ");
  });

  test("a variable and its _FILE twin together are refused", () => {
    const source = { KEYWARD_SERVER_KEY: "x", KEYWARD_SERVER_KEY_FILE: fileWith("y") };
    expect(problemsOf(source)).toEqual([expect.stringMatching(/^KEYWARD_SERVER_KEY and KEYWARD_SERVER_KEY_FILE/)]);
  });

  test("a missing or empty file is a problem, not an unset variable", () => {
    expect(problemsOf({ KEYWARD_URL_FILE: "/nowhere/at/all" })).toEqual([
      expect.stringMatching(/^KEYWARD_URL_FILE .*ENOENT/),
    ]);
    expect(problemsOf({ KEYWARD_URL_FILE: fileWith("\n") })).toEqual([
      expect.stringMatching(/^KEYWARD_URL_FILE .*empty/),
    ]);
  });

  test("empty variables count as not set", () => {
    expect(loadEnv({ KEYWARD_URL: "", KEYWARD_PORT: "", DATABASE_URL: "", KEYWARD_HOST_FILE: "" }).KEYWARD_PORT).toBe(
      3000,
    );
  });
});

test("the reference and the example name every variable", () => {
  for (const file of ["docs/configuration.md", ".env.example"]) {
    const text = readFileSync(file, "utf8");
    expect(
      variableNames.filter((name) => !text.includes(name)),
      file,
    ).toEqual([]);
  }
});
