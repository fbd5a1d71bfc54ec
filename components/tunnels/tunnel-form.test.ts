import { expect, it } from "vitest";
import { chosenKey, GiveTunnelForm, lifetimes } from "./tunnel-form";

const values = { gatewayId: crypto.randomUUID(), lifetime: "", keyFrom: "browser", publicKey: "" } as const;
const publicKey = `${"A".repeat(42)}E=`;

it("asks for a key only of whoever brings one, and forgets one that was pasted and not chosen", () => {
  expect(chosenKey(GiveTunnelForm.parse({ ...values, publicKey }))).toBeUndefined();
  expect(chosenKey(GiveTunnelForm.parse({ ...values, keyFrom: "device", publicKey: ` ${publicKey}\n` }))).toBe(
    publicKey,
  );
  const wrong = GiveTunnelForm.safeParse({ ...values, keyFrom: "device", publicKey: "no key" });
  expect(wrong.error?.issues.map(({ path }) => path)).toEqual([["publicKey"]]);
});

it("takes every lifetime that is offered, and none for a tunnel without end", () => {
  const days = ["", ...lifetimes.map(({ value }) => value)].map(
    (lifetime) => GiveTunnelForm.parse({ ...values, lifetime }).lifetime,
  );
  expect(days).toEqual([null, 1, 7, 30, 90, 365]);
});
