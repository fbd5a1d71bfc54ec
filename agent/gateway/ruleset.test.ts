import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { narrowed, type Ruleset, rulesetOf } from "@/agent/gateway/ruleset";
import { changeScript, loadScript } from "@/agent/gateway/ruleset-script";
import { rule, stateOf, type TestDevice } from "@/agent/testing/gateway-states";

const keyOf = (name: string) => createHash("sha256").update(name).digest("base64");

const small = stateOf(
  [
    {
      publicKey: keyOf("a"),
      addresses: ["10.77.0.5", "fd77::5"],
      rules: [
        rule("deny", "10.0.3.4/32"),
        rule("allow", "10.0.0.0/16", { protocol: "tcp", ports: { from: 80, to: 90 } }),
        rule("allow", "fd00:1::/64", { protocol: "udp", ports: { from: 53, to: 53 } }),
        rule("allow", "10.0.0.0/8", { protocol: "icmp" }),
        rule("allow", "fd00:1::/64", { protocol: "icmp" }),
        rule("deny", "10.9.0.0/16", { protocol: "udp" }),
        rule("allow", "internet"),
        rule("allow", "::/0"),
      ],
    },
  ],
  { addresses: ["10.77.0.1/16", "fd77::1/64"], masquerade: true },
);

it("a small state becomes exactly the ruleset written down beside", async () => {
  await expect(loadScript(rulesetOf(small, "kw0"))).toMatchFileSnapshot("small-state.nft");
});

it("what comes from an address of another gateway is masqueraded as well, where that is done at all", () => {
  const baseOf = (addresses: string[], masquerade: boolean) =>
    rulesetOf(stateOf([{ publicKey: keyOf("a"), addresses, rules: [] }], { masquerade }), "kw0").base;
  const foreign = 'iifname "kw0" oifname != "kw0" masquerade';
  expect(baseOf(["10.77.0.5", "10.88.0.5"], true)).toContain(foreign);
  expect(baseOf(["10.77.0.5", "fd88::5"], true)).toContain(foreign);
  expect(baseOf(["10.77.0.5"], true)).not.toContain(foreign);
  expect(baseOf(["10.77.0.5", "10.88.0.5"], false)).not.toContain(foreign);
});

/** A table as nftables would have it: strict about what may be added, deleted and referred to. */
class Model {
  base = "";
  readonly chains = new Map<string, string[]>();
  readonly devices = new Map<string, string>();

  static loaded(ruleset: Ruleset): Model {
    const model = new Model();
    model.base = ruleset.base;
    for (const [name, rules] of ruleset.chains) model.chains.set(name, [...rules]);
    for (const [address, chain] of ruleset.devices) model.devices.set(address, chain);
    return model;
  }

  run(script: string, next: Ruleset): void {
    if (script.includes("delete table")) {
      this.chains.clear();
      this.devices.clear();
      Object.assign(this, Model.loaded(next));
      return;
    }
    for (const line of script.split("\n").filter(Boolean)) this.statement(line);
    for (const chain of this.devices.values()) expect(this.chains.has(chain)).toBe(true);
  }

  private statement(line: string): void {
    const [, verb = "", kind = "", name = "", rest = ""] =
      /^(add|delete) (chain|rule|element) inet keyward_kw0 (\S+) ?(.*)$/.exec(line) ?? [];
    expect(verb, line).not.toBe("");
    if (kind === "element") this.elements(verb, rest.slice(2, -2).split(", "));
    else if (kind === "rule") this.chains.get(name)?.push(rest);
    else this.chain(verb, name);
  }

  private chain(verb: string, name: string): void {
    expect(this.chains.has(name)).toBe(verb === "delete");
    if (verb === "add") this.chains.set(name, []);
    else this.chains.delete(name);
    expect([...this.devices.values()]).not.toContain(verb === "delete" ? name : "");
  }

  private elements(verb: string, elements: readonly string[]): void {
    for (const element of elements) {
      const [address = "", chain = ""] = element.split(" : goto ");
      expect(this.devices.has(address)).toBe(verb === "delete");
      if (verb === "add") this.devices.set(address, chain);
      else this.devices.delete(address);
    }
  }
}

const destinations = fc.constantFrom("10.0.0.0/16", "10.0.3.4/32", "fd00::/8", "internet", "0.0.0.0/0");
const rules = fc.array(fc.tuple(fc.constantFrom("allow" as const, "deny" as const), destinations), { maxLength: 3 });
const device = fc.record({ index: fc.integer({ min: 2, max: 12 }), rules: fc.option(rules, { nil: undefined }) });
const states = fc
  .record({ devices: fc.array(device, { maxLength: 8 }), masquerade: fc.boolean() })
  .map(({ devices, masquerade }) => {
    const unique = [...new Map(devices.map((one) => [one.index, one])).values()];
    const list = unique.map(
      ({ index, rules: pairs }): TestDevice => ({
        publicKey: keyOf(`${index}`),
        addresses: [`10.77.0.${index}`, `fd77::${index.toString(16)}`],
        rules: pairs?.map(([verdict, destination]) => rule(verdict, destination)),
      }),
    );
    return rulesetOf(stateOf(list, { masquerade }), "kw0");
  });

it("whatever states follow each other, the changes lead to what loading the last one would", () => {
  fc.assert(
    fc.property(fc.array(states, { minLength: 2, maxLength: 6 }), (sequence) => {
      const [first, ...others] = sequence;
      if (!first) return;
      let before = first;
      const model = Model.loaded(first);
      for (const next of others) {
        model.run(changeScript(before, next), next);
        before = next;
      }
      expect(model).toEqual(Model.loaded(before));
    }),
  );
});

it("the same again is no change, and another gateway's settings replace the whole table", () => {
  const ruleset = rulesetOf(small, "kw0");
  expect(changeScript(ruleset, rulesetOf(small, "kw0"))).toBe("");
  const other = rulesetOf({ ...small, gateway: { ...small.gateway, masquerade: false } }, "kw0");
  expect(changeScript(ruleset, other)).toBe(loadScript(other));
});

it("between two states nobody has what is not theirs: an address that changes hands has no rules until it has", () => {
  const next = rulesetOf(
    stateOf(
      ["a", "b", "c"].map((name, at) => ({ publicKey: keyOf(name), addresses: [`10.77.0.${at + 5}`], rules: [] })),
    ),
    "kw0",
  );
  const after = new Map([
    ["10.77.0.5/32", keyOf("a")],
    ["10.77.0.6/32", keyOf("b")],
    ["10.77.0.7/32", keyOf("c")],
  ]);
  const before = new Map([
    ["10.77.0.5/32", keyOf("a")],
    ["10.77.0.6/32", keyOf("somebody else")],
  ]);
  expect([...narrowed(next, before, after).devices.keys()]).toEqual(["10.77.0.5"]);
});
