import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import * as factories from "@/server/testing/factories";
import { procedures } from "@/server/testing/procedures";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: factories.TestUser;
let ids: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  admin = await factories.user({ roles: ["admin"] });
  const [device, token, tag, group, user] = await Promise.all([
    factories.device(),
    factories.enrolmentToken(),
    factories.tag(),
    factories.group(),
    factories.user(),
  ]);
  ids = { devices: device.id, enrolment: token.id, tags: tag.id, groups: group.id, users: user.id, sessions: user.id };
});
afterAll(() => world.end());

const json = { "content-type": "application/json" };

describe("what cannot be understood is refused with a reason and never called our failure:", () => {
  const urls = ["%7B", "%7B%22a%22%3A", "nonsense", "%00", "%ff", "%7B%7D%7D", "%22%5Cud800%22", "%5B%5D", "", "null"];

  it.each(urls)("a query whose input is “%s”", async (input) => {
    const browser = await world.resume(admin);
    for (const path of ["users.get", "users.list", "account.me", "nothing", "users.get,users.list?batch=1&"]) {
      const mark = path.includes("?") ? "" : "?";
      const answer = await browser.fetch(`/api/trpc/${path}${mark}input=${input}`);
      expect([path, answer.status < 500]).toEqual([path, true]);
    }
  });

  it.each(["", "{", "null", "[]", "7", '"text"', "\u0000", '{"a":', '{"__proto__":{"id":1}}', "[".repeat(50_000)])(
    "a mutation whose body is “%.20s”",
    async (body) => {
      const browser = await world.resume(admin);
      for (const path of ["users.suspend", "tags.create", "nothing"]) {
        const answer = await browser.fetch(`/api/trpc/${path}`, { method: "POST", headers: json, body });
        expect([path, [400, 404, 422].includes(answer.status)]).toEqual([path, true]);
      }
    },
  );

  it.each([
    "/api/trpc/,",
    "/api/trpc/,,,?batch=1",
    "/api/trpc/users",
    "/api/trpc/__proto__",
    "/api/trpc/users.constructor",
  ])("a call of %s", async (path) => {
    const answer = await (await world.resume(admin)).fetch(path);
    expect([400, 404]).toContain(answer.status);
  });
});

/** What people and their programs send that no database likes. */
const hostile: [string, unknown][] = [
  ["NUL", "a\u0000b"],
  ["half a surrogate pair", "a\ud800b"],
  ["control characters", "a\u001b[31m\r\nb\u2028"],
  ["right-to-left overrides", "\u202egnp.exe"],
  ["pattern characters", "%_\\%"],
  ["quotes", "'\"\\;--`$$"],
  ["very long text", "x".repeat(100_000)],
  ["a number", 9e99],
  ["a negative number", -1],
  ["nothing", null],
  ["a list", [["deep"]]],
  ["an object", { $ne: null, toString: 1 }],
  ["true", true],
];

/** The names an input may have, whichever of its forms it takes. */
function fieldsOf(input: z.ZodType): string[] {
  if (input instanceof z.ZodObject) return Object.keys(input.shape);
  if (input instanceof z.ZodUnion) return input.options.flatMap((option) => fieldsOf(option as z.ZodType));
  return [];
}

const SECRET = "x".repeat(43);
const ordinary = {
  name: "Something new",
  username: "someone-new",
  displayName: "Someone",
  email: "",
  token: SECRET,
  password: factories.PASSWORD,
  currentPassword: SECRET,
  newPassword: factories.PASSWORD,
  roles: ["user"],
  tagIds: [],
  userIds: [],
  ownerId: null,
};

const takers = procedures.filter(({ input }) => fieldsOf(input).length > 0);

describe("no value in any field of any procedure is our failure:", () => {
  it.each(takers)("$path", async ({ path, input }) => {
    const [area = ""] = path.split(".");
    const someId = ids[area] ?? admin.id;
    const browser = await world.resume(admin);
    for (const field of fieldsOf(input)) {
      for (const [name, value] of hostile) {
        const sent = { ...ordinary, id: someId, userId: someId, deviceId: ids.devices, [field]: value };
        const answer = await browser.call(path, sent);
        expect([field, name, answer.status < 500, answer.code !== "unauthenticated"]).toEqual([
          field,
          name,
          true,
          true,
        ]);
      }
    }
  });

  it("knows the fields of every procedure that has some", () => {
    const unknown = procedures.filter(
      ({ input }) => fieldsOf(input).length === 0 && !input.safeParse(undefined).success,
    );
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });
});
