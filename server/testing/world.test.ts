import { afterAll, beforeAll, expect, it } from "vitest";
import * as factories from "./factories";
import { createWorld, type World } from "./world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

it("gives a fresh user exactly the permissions asked for", async () => {
  const { actor } = await world.as("device.read", "tag.create");
  expect(actor.kind === "user" && [...actor.permissions].sort()).toEqual(["device.read", "tag.create"]);
});

it("signs a browser in through the real handshake", async () => {
  const user = await factories.user({ roles: ["viewer"] });
  const me = await (await world.browser(user)).call("account.me");
  expect(me).toMatchObject({ status: 200, data: { username: user.username, roles: ["viewer"] } });
});

it("enrols devices with keys of their own into any state", async () => {
  const active = await factories.device();
  expect(await (await active.client.send("GET", "/self")).json()).toMatchObject({ status: "active" });
  const revoked = await factories.device({ status: "revoked" });
  expect((await revoked.client.send("GET", "/self")).status).toBe(410);
});
