import { afterAll, beforeAll, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import * as setup from "@/server/modules/identity/setup.service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const issue = async (): Promise<string> => {
  const { url } = await setup.issueLink.execute(world.system, undefined);
  return url ?? "";
};

const complete = (url: string, username = "first-admin") =>
  setup.complete
    .execute(world.anonymous(), { token: factories.secretOf(url), username, email: null, password: factories.PASSWORD })
    .then(
      () => "done",
      (error: unknown) => toAppError(error).code,
    );

const people = () => world.database.sql`
  select u.username, array_agg(r.name order by r.name) as roles from users u
  left join user_roles h on h.user_id = u.id left join roles r on r.id = h.role_id group by 1`;

it("a fresh installation has no users, and nothing signs in", async () => {
  expect(await setup.state.execute(world.anonymous(), undefined)).toEqual({ isSetUp: false });
  expect(await people()).toEqual([]);
  for (const username of ["admin", "root", "keyward"]) {
    const browser = await world.browser();
    await browser.signIn({ username, password: username });
    expect(browser.cookie("kw-at")).toBe("");
  }
});

it("a link that was replaced, has expired or was made up sets nothing up", async () => {
  const replaced = await issue();
  await issue();
  expect(await complete(replaced)).toBe("token-invalid");
  const expired = setup.issueLink.execute({ ...world.system, clock: world.at("2020-01-01T00:00:00Z") }, undefined);
  expect(await complete((await expired).url ?? "")).toBe("token-invalid");
  expect(await complete(`http://localhost/setup#${"A".repeat(43)}`)).toBe("token-invalid");
  expect(await people()).toEqual([]);
});

it("a refused password leaves the link usable", async () => {
  const url = await issue();
  const weak = setup.complete.execute(world.anonymous(), {
    token: factories.secretOf(url),
    username: "first-admin",
    email: null,
    password: "first-admin-first-admin",
  });
  expect(await weak.catch(toAppError)).toMatchObject({ code: "invalid" });
  expect(await people()).toEqual([]);
});

it("T16: thirty-two people with the link make exactly one administrator, who can sign in", async () => {
  const url = await issue();
  const tries = Array.from({ length: 32 }, (_, at) => complete(url, `admin-${at}`));
  const unattended = setup.completeUnattended
    .execute(world.system, { username: "from-environment", email: null, password: factories.PASSWORD })
    .then(({ isCreated }) => (isCreated ? "done" : "already-set-up"));
  const outcomes = await Promise.all([...tries, unattended]);
  expect(outcomes.toSorted()).toEqual([...Array(32).fill("already-set-up"), "done"]);
  const [admin, ...others] = await people();
  expect(others).toEqual([]);
  expect(admin).toMatchObject({ roles: ["admin", "user"] });
  const browser = await world.browser();
  await browser.signIn({ username: admin?.username, password: factories.PASSWORD });
  expect((await browser.call("account.me")).data).toMatchObject({ roles: ["admin", "user"] });
  const trail = await world.database.sql`select 1 from audit_logs where event_type = 'setup.completed'`;
  expect(trail).toHaveLength(1);
});

it("once set up, it stays so: no link is issued and an old one is over", async () => {
  expect(await setup.issueLink.execute(world.system, undefined)).toEqual({ url: null });
  expect(await complete(`http://localhost/setup#${"A".repeat(43)}`)).toBe("already-set-up");
  expect(await setup.state.execute(world.anonymous(), undefined)).toEqual({ isSetUp: true });
});
