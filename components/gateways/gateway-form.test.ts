import { describe, expect, test } from "vitest";
import { CreateGatewayForm, randomUla } from "./gateway-form";

const parse = (values: Record<string, string>) =>
  CreateGatewayForm.safeParse({ name: "Berlin", vpnCidr: "10.77.0.0/16", ...values });

describe("the gateway's form", () => {
  test("takes networks line by line, each with what it is", () => {
    const { data } = parse({ networks: "10.1.0.0/16 Office, first floor\n\n  fd01::/64\n" });
    expect(data?.networks).toEqual([
      { network: "10.1.0.0/16", description: "Office, first floor" },
      { network: "fd01::/64", description: "" },
    ]);
  });

  test("says which line is wrong, and how to write it", () => {
    expect(parse({ networks: "10.1.0.0/16\n10.2.0.1/16 Lab" }).error?.issues).toMatchObject([
      { path: ["networks"], message: "10.2.0.1/16 is one address of a network. Write 10.2.0.0/16." },
    ]);
    expect(parse({ dnsServers: "10.0.0.1, dns" }).error?.issues).toMatchObject([{ path: ["dnsServers"] }]);
  });

  test("may leave everything but name and network empty", () => {
    expect(parse({ endpoint: "", vpnCidrV6: "", dnsServers: "", networks: "" }).data).toMatchObject({
      endpoint: null,
      vpnCidrV6: null,
      dnsServers: [],
      networks: [],
    });
  });

  test("accepts every IPv6 network it offers", () => {
    for (let round = 0; round < 200; round += 1) {
      expect(parse({ vpnCidrV6: randomUla() }).error).toBeUndefined();
    }
  });
});
