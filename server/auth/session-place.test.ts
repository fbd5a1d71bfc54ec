import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEnv } from "@/server/core/env";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { mmdb } from "@/server/testing/mmdb";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const file = join(mkdtempSync(join(tmpdir(), "keyward-places-")), "places.mmdb");
  writeFileSync(file, mmdb({ "203.0.113.0/24": { country: { iso_code: "DE" }, city: { names: { en: "Berlin" } } } }));
  const environment = loadEnv({ ...process.env, KEYWARD_GEO_DATABASE: file });
  Object.assign(globalThis, { [Symbol.for("keyward.env")]: environment });
});
afterAll(() => world.end());

it("a session shows its owner where it began, and no place where that is not known", async () => {
  const user = await factories.user();
  await new Browser().from("198.51.100.9").signIn(user);
  const browser = new Browser().from("203.0.113.7");
  await browser.signIn(user);
  const answer = await browser.call("sessions.listOwn", {});
  const { rows } = answer.data as { rows: { ipAddress: string; country: string | null; city: string | null }[] };
  expect(rows.map(({ ipAddress, country, city }) => [ipAddress, country, city]).sort()).toEqual([
    ["198.51.100.9", null, null],
    ["203.0.113.7", "DE", "Berlin"],
  ]);
});
