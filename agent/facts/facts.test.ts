import { expect, it } from "vitest";
import { machineHash } from "@/agent/facts/hardware";
import { Inventory } from "@/agent/facts/inventory";
import { parseDefaultGateway, parseNameServers } from "@/agent/facts/network";
import { parseOsRelease } from "@/agent/facts/os";
import { parseApkDatabase, parsePacman, parseTable } from "@/agent/facts/packages";

it("os-release is read with bare, quoted and escaped values", () => {
  const text =
    'NAME="Debian GNU/Linux"\nVERSION_ID=\'12\'\nID=debian\n# comment\nPRETTY_NAME="a \\"b\\" \\$c"\nbroken\n';
  const values = parseOsRelease(text);
  expect(Object.fromEntries(values)).toEqual({
    NAME: "Debian GNU/Linux",
    VERSION_ID: "12",
    ID: "debian",
    PRETTY_NAME: 'a "b" $c',
  });
});

it("the default gateway is the one of the lowest metric, and none without a route", () => {
  const header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n";
  const routes = [
    "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000",
    "eth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000",
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF",
  ];
  expect(parseDefaultGateway(header + routes.join("\n"))).toBe("192.168.1.254");
  expect(parseDefaultGateway(header)).toBeNull();
  expect(parseDefaultGateway("")).toBeNull();
});

it("name servers are read in order, comments and options aside", () => {
  expect(parseNameServers("# nameserver 9.9.9.9\nsearch lan\nnameserver 10.0.0.1\n nameserver fe80::1%eth0\n")).toEqual(
    ["10.0.0.1", "fe80::1%eth0"],
  );
});

it("only installed packages are listed, whatever the package manager", () => {
  expect(parseTable("ii \tbash\t5.2-1\tamd64\nrc \tgone\t1\tall\nii \tfonts\t2\t\n")).toEqual([
    { name: "bash", version: "5.2-1", arch: "amd64" },
    { name: "fonts", version: "2", arch: null },
  ]);
  expect(parseApkDatabase("C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\n\nP:half\n\n")).toEqual([
    { name: "musl", version: "1.2.5-r0", arch: "x86_64" },
  ]);
  expect(parsePacman("linux 6.9-1\n\n")).toEqual([{ name: "linux", version: "6.9-1", arch: null }]);
});

it("the machine's id is never handed out, only an HMAC of it", () => {
  const id = "0123456789abcdef0123456789abcdef";
  const hash = machineHash(id);
  expect(hash).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(machineHash(id)).toBe(hash);
  expect([machineHash(undefined), machineHash("uninitialized")]).toEqual([null, null]);
});

it("this machine's facts fit the contract, and are collected again only when they are due", async () => {
  const inventory = new Inventory();
  const at = (nowS: number) => inventory.current({ nowS, everyS: 60, clockOffsetS: 0 });
  const first = await at(0);
  expect([...first.keys()]).toEqual(["os", "hardware", "network", "packages", "agent"]);
  expect(await at(59)).toBe(first);
  const second = await at(60);
  expect(second).not.toBe(first);
  expect(second.get("packages")).toBe(first.get("packages"));
  expect(second.get("os")?.hash).toBe(first.get("os")?.hash);
  inventory.expire();
  expect((await at(60)).get("packages")).not.toBe(first.get("packages"));
});
