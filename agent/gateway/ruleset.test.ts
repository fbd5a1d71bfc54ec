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

it("a small state becomes exactly this ruleset", () => {
  expect(loadScript(rulesetOf(small, "kw0"))).toMatchInlineSnapshot(`
    "table inet keyward_kw0 {
    }
    delete table inet keyward_kw0
    table inet keyward_kw0 {
      chain p_ab0992918f82208b {
        ip daddr 10.0.3.4/32 counter reject with icmpx admin-prohibited comment "policy 0190a000-0000-7000-8000-000000000001"
        ip daddr 10.0.0.0/16 tcp dport 80-90 counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        ip6 daddr fd00:1::/64 udp dport 53 counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        ip daddr 10.0.0.0/8 meta l4proto icmp counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        ip6 daddr fd00:1::/64 meta l4proto ipv6-icmp counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        ip daddr 10.9.0.0/16 meta l4proto udp counter reject with icmpx admin-prohibited comment "policy 0190a000-0000-7000-8000-000000000001"
        ip daddr != @private4 counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        ip6 daddr != @private6 counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        meta nfproto ipv6 counter accept comment "policy 0190a000-0000-7000-8000-000000000001"
        counter drop
      }
      map dev4 {
        type ipv4_addr : verdict; elements = { 10.77.0.5 : goto p_ab0992918f82208b }
      }
      map dev6 {
        type ipv6_addr : verdict; elements = { fd77::5 : goto p_ab0992918f82208b }
      }
      set private4 {
        type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3 }
      }
      set private6 {
        type ipv6_addr; flags interval; auto-merge; elements = { ::1/128, fc00::/7, fe80::/10, ff00::/8 }
      }
      chain forward {
        type filter hook forward priority filter; policy accept
        iifname != "kw0" oifname != "kw0" accept
        tcp flags syn / syn,rst tcp option maxseg size set rt mtu
        ct state invalid counter drop
        ct state established,related ct direction reply accept
        iifname "kw0" ip saddr vmap @dev4
        iifname "kw0" ip6 saddr vmap @dev6
        counter drop
      }
      chain input {
        type filter hook input priority filter; policy accept
        iifname != "kw0" accept
        ct state established,related ct direction reply accept
        ip daddr 10.77.0.1 icmp type echo-request accept
        ip daddr 10.77.0.1 udp dport 53 accept
        ip daddr 10.77.0.1 tcp dport 53 accept
        ip6 daddr fd77::1 icmpv6 type echo-request accept
        ip6 daddr fd77::1 udp dport 53 accept
        ip6 daddr fd77::1 tcp dport 53 accept
        counter drop
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept
        ip saddr 10.77.0.0/16 oifname != "kw0" masquerade
        ip6 saddr fd77::/64 oifname != "kw0" masquerade
      }
    }
    "
  `);
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
