import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SentStats } from "@/agent/gateway/stats";
import { readState, writeState } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { isInSync, parseDump, type Tunnel, tunnelConfig } from "@/agent/gateway/wireguard-text";
import { stateOf } from "@/agent/testing/gateway-states";

const keyOf = (name: string) => createHash("sha256").update(name).digest("base64");
const state = stateOf([
  { publicKey: keyOf("a"), addresses: ["10.77.0.5", "fd77::5"], rules: [], presharedKey: keyOf("psk") },
  { publicKey: keyOf("b"), addresses: ["10.77.0.6"], rules: [] },
]);
const dump = [
  [keyOf("private"), keyOf("own"), "51820", "off"],
  [keyOf("a"), keyOf("psk"), "192.0.2.6:4711", "fd77::5/128,10.77.0.5/32", "1700000000", "12", "34", "off"],
  [keyOf("b"), "(none)", "(none)", "10.77.0.6/32", "0", "0", "0", "off"],
];
const dumped = (lines: readonly string[][]) => parseDump(`${lines.map((line) => line.join("\t")).join("\n")}\n`);

describe("the running tunnel", () => {
  it("is read from what wg prints, with nothing where wg says there is none", () => {
    expect(dumped(dump)).toMatchObject({
      publicKey: keyOf("own"),
      listenPort: 51820,
      peers: [
        { endpoint: "192.0.2.6:4711", lastHandshakeAt: 1_700_000_000, rxBytes: 12, txBytes: 34 },
        { presharedKey: null, endpoint: null, lastHandshakeAt: 0 },
      ],
    });
    expect(dumped(dump.slice(0, 1)).peers).toEqual([]);
  });

  it("is in step with a state only if it lets in the same peers, by the same keys and addresses", () => {
    const isRight = (tunnel: Tunnel) => isInSync(tunnel, state, keyOf("own"));
    const tunnel = dumped(dump);
    const [first, second] = tunnel.peers;
    if (!first || !second) throw new Error("two peers are there");
    expect(isRight(tunnel)).toBe(true);
    expect(isInSync(tunnel, state, keyOf("other"))).toBe(false);
    expect(isRight({ ...tunnel, listenPort: 1 })).toBe(false);
    expect(isRight({ ...tunnel, peers: [first] })).toBe(false);
    expect(isRight({ ...tunnel, peers: [first, { ...second, publicKey: keyOf("c") }] })).toBe(false);
    expect(isRight({ ...tunnel, peers: [{ ...first, presharedKey: null }, second] })).toBe(false);
    expect(isRight({ ...tunnel, peers: [first, { ...second, allowedIps: ["0.0.0.0/0"] }] })).toBe(false);
  });

  it("is configured as a whole", () => {
    expect(tunnelConfig(state, "PRIVATE")).toBe(
      `[Interface]\nPrivateKey = PRIVATE\nListenPort = 51820\n\n[Peer]\nPublicKey = ${keyOf("a")}\nPresharedKey = ${keyOf("psk")}\nAllowedIPs = 10.77.0.5/32, fd77::5/128\n\n[Peer]\nPublicKey = ${keyOf("b")}\nAllowedIPs = 10.77.0.6/32\n`,
    );
  });

  it("tells of its peers only what changed since it was taken, however many they are", () => {
    const sent = new SentStats();
    const many = Array.from({ length: 2500 }, (_, at) => [keyOf(`${at}`), ...(dump[2] ?? []).slice(1)]);
    const portions = sent.changed(dumped([...dump.slice(0, 1), ...many]));
    expect(portions.map(({ length }) => length)).toEqual([1000, 1000, 500]);
    for (const portion of portions.slice(0, 2)) sent.remember(portion);
    expect(sent.changed(dumped([...dump.slice(0, 1), ...many])).flat()).toHaveLength(500);
    sent.remember(portions[2] ?? []);
    const moved = many.map((line, at) => (at === 7 ? line.with(5, "99") : line));
    expect(sent.changed(dumped([...dump.slice(0, 1), ...moved]))).toMatchObject([[{ rxBytes: 99 }]]);
    // Whoever comes back is told of anew, since the counters start over.
    sent.changed(dumped(dump.slice(0, 1)));
    expect(sent.changed(dumped([...dump.slice(0, 1), ...many])).flat()).toHaveLength(2500);
  });
});

describe("on disk", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "kw-gateway-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("the tunnel's key is made once, closed to others, and gives the public key that WireGuard makes of it", () => {
    const key = openTunnelKey(dir);
    const path = join(dir, "tunnel.key");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(openTunnelKey(dir)).toEqual(key);
    // RFC 7748, section 6.1.
    writeFileSync(path, "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=\n");
    expect(openTunnelKey(dir).publicKey).toBe("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=");
    writeFileSync(path, "x");
    expect(() => openTunnelKey(dir)).toThrow("does not hold a WireGuard key");
    chmodSync(path, 0o640);
    expect(() => openTunnelKey(dir)).toThrow("can be read by other users");
  });

  it("a state is one only with every byte it was written with", () => {
    expect(readState(dir)).toBeUndefined();
    const bytes = Buffer.from(JSON.stringify(state));
    const etag = createHash("sha256").update(bytes).digest("hex");
    writeState(dir, etag, bytes);
    expect(readState(dir)).toMatchObject({ ok: true, etag });
    const path = join(dir, "state");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const whole = readFileSync(path);
    for (const damaged of [whole.subarray(0, -1), whole.subarray(0, 10), Buffer.alloc(0), whole.subarray(1)]) {
      writeFileSync(path, damaged);
      expect(readState(dir)?.ok).toBe(false);
    }
    rmSync(path);
    mkdirSync(path);
    expect(readState(dir)).toMatchObject({ ok: false, why: expect.stringContaining("cannot be read") });
  });
});
