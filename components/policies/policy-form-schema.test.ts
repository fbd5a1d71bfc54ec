import { describe, expect, it } from "vitest";
import { formValues, PolicyForm, type PolicyFormValues } from "./policy-form-schema";

const parse = (values: Partial<PolicyFormValues>) =>
  PolicyForm.safeParse({ ...formValues(null), name: "Builders", ...values });

const destination = (ports: string, protocol: "any" | "tcp" = "tcp") => ({
  destinations: [{ network: "10.0.0.1", protocol, ports, description: "" }],
});

const complaint = (values: Partial<PolicyFormValues>) => {
  const issue = parse(values).error?.issues[0];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
};

describe("the form of a policy", () => {
  it.each([
    ["", null],
    ["443", { from: 443, to: 443 }],
    ["8000-8100", { from: 8000, to: 8100 }],
    ["8000 – 8100", { from: 8000, to: 8100 }],
  ])("reads the ports “%s”", (text, ports) => {
    expect(parse(destination(text)).data?.destinations).toEqual([
      { network: "10.0.0.1/32", protocol: "tcp", ports, description: "" },
    ]);
  });

  it.each(["0", "65536", "9-8", "http", "1,2"])("says how ports are written when they are “%s”", (text) => {
    expect(complaint(destination(text))).toMatch(/^destinations\.0\.ports: Enter a port/);
  });

  it("names the field of what is wrong with more than one of them", () => {
    expect(complaint(destination("443", "any"))).toMatch(/^destinations\.0\.ports: Only TCP and UDP/);
    expect(complaint({ effect: "deny", fullTunnel: true })).toMatch(/^fullTunnel: /);
    expect(complaint({ startsAt: "2026-06-02T10:00", endsAt: "2026-06-01T10:00" })).toMatch(/^endsAt: /);
    expect(complaint({ priority: undefined })).toMatch(/^priority: /);
  });

  it("takes a window in the reader's zone, and shows it there again", () => {
    const { data } = parse({ startsAt: "2026-06-01T10:30", endsAt: "" });
    expect(data?.startsAt).toBe(new Date("2026-06-01T10:30").toISOString());
    expect(data?.endsAt).toBeNull();
  });
});
