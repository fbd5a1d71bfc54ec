import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueSession } from "@/server/auth/issue";
import type { SessionId } from "@/server/core/ids";
import { sessionLimits } from "@/server/modules/sessions/limits";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const ACCESS_MIN = 5;

interface Step {
  /** Minutes that pass before it. */
  after: number;
  act: "call" | "refresh" | "nothing";
}

/** So much time passes for the session: what the database keeps of it moves into the past. */
const age = (id: SessionId, minutes: number) => world.database.sql`
  with tokens as (update refresh_tokens set rotated_at = rotated_at - make_interval(mins => ${minutes}) where session_id = ${id})
  update sessions set last_seen_at = last_seen_at - make_interval(mins => ${minutes}),
    idle_expires_at = idle_expires_at - make_interval(mins => ${minutes}),
    expires_at = expires_at - make_interval(mins => ${minutes}) where id = ${id}`;

interface Kind {
  name: string;
  isAdmin: boolean;
  isRemembered: boolean;
}

const kinds: Kind[] = [
  { name: "a user", isAdmin: false, isRemembered: false },
  { name: "an administrator", isAdmin: true, isRemembered: true },
  { name: "a user who is remembered", isAdmin: false, isRemembered: true },
];

describe.each(kinds)("T15: the session of $name", ({ isAdmin, isRemembered }) => {
  const limits = sessionLimits({ isAdmin, isRemembered });
  const [idle, absolute] = [limits.idleS / 60, limits.absoluteS / 60];

  /** Acts it out and compares every answer with what the limits alone would say. */
  async function actOut(owner: factories.TestUser, used: number, steps: readonly Step[]): Promise<void> {
    const id = await factories.session(owner, { remember: isRemembered });
    const browser = new Browser();
    browser.adopt(await issueSession(id, owner.id));
    await world.database.sql`
      update sessions set expires_at = expires_at - make_interval(mins => ${used}),
        idle_expires_at = least(idle_expires_at, expires_at - make_interval(mins => ${used})) where id = ${id}`;
    let [total, unused, tokenAge] = [used, 0, 0];
    for (const { after, act } of steps) {
      await age(id, after);
      [total, unused, tokenAge] = [total + after, unused + after, tokenAge + after];
      if (act === "nothing") continue;
      if (tokenAge >= ACCESS_MIN) browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
      const before = browser.copy();
      const { status } = act === "call" ? await browser.call("account.me") : await browser.refresh();
      const isAlive = total < absolute && unused < idle;
      expect({ total, unused, isAlive: status !== 401 }).toEqual({ total, unused, isAlive });
      if (!isAlive) {
        expect((await before.call("account.me")).status).toBe(401);
        expect((await before.refresh()).status).toBe(401);
        return;
      }
      if (browser.cookie("kw-rt") !== before.cookie("kw-rt")) [unused, tokenAge] = [0, 0];
    }
  }

  it("never outlives its idle or its absolute limit, and lasts until then, however it is used", async () => {
    const owner = await factories.user({ roles: isAdmin ? ["admin"] : ["user"] });
    const step = fc.record<Step>({
      after: fc.oneof(fc.nat({ max: 6 }), fc.integer({ min: idle - 3, max: idle + 2 }), fc.nat({ max: idle })),
      act: fc.constantFrom("call", "refresh", "nothing"),
    });
    const nearTheEnd = fc.integer({ min: Math.max(0, absolute - 2 * idle), max: absolute - 1 });
    const property = fc.asyncProperty(
      fc.oneof(fc.constant(0), nearTheEnd),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      (used, steps) => actOut(owner, used, steps),
    );
    await fc.assert(property, { numRuns: 40 });
  }, 120_000);
});
