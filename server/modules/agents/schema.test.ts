import { expect, it } from "vitest";
import { desiredEtag } from "@/server/core/canonical-hash";
import { hardwareHash } from "@/server/core/hardware-hash";
import vectors from "@/server/core/message-signature.vectors.json";
import { FactSection, factSections, factsBySection } from "@/server/modules/agents/facts.schema";
import { EnrolRequest, KeyRotation, Problem, problemCode } from "@/server/modules/agents/schema";

const body = (name: string): unknown => JSON.parse(vectors.requests.find((one) => one.name === name)?.body ?? "null");

it("the published enrolment and rotation bodies are accepted as they stand", () => {
  expect(EnrolRequest.parse(body("enrol"))).toEqual(body("enrol"));
  expect(KeyRotation.parse(body("rotate-key"))).toEqual(body("rotate-key"));
});

it("an enrolment with an unknown member, a bad token or control characters is refused", () => {
  const good = EnrolRequest.parse(body("enrol"));
  const bad = [
    { ...good, admin: true },
    { ...good, jwk: { ...good.jwk, d: "x" } },
    { ...good, token: "9f86d081884c7d6" },
    { ...good, device: { ...good.device, hostname: "a\nb" } },
    { ...good, device: { ...good.device, hostname: "" } },
  ];
  for (const one of bad) expect(EnrolRequest.safeParse(one).success).toBe(false);
  expect(EnrolRequest.safeParse({ ...good, token: "9F86-D081-884C-7D65" }).success).toBe(true);
});

it("a problem's code is the last segment of its type, absolute or not", () => {
  for (const type of ["/problems/clock-skew", "https://keyward.example.com/problems/clock-skew"]) {
    expect(problemCode(Problem.parse({ type, status: 401 }))).toBe("clock-skew");
  }
  expect(Problem.safeParse({ type: "about:blank", status: 500 }).success).toBe(false);
});

it("every section of facts has a shape, and every shape refuses a non-object", () => {
  expect(Object.keys(factsBySection)).toEqual([...factSections]);
  for (const section of FactSection.options) expect(factsBySection[section].safeParse("x").success).toBe(false);
});

it("a document's ETag does not depend on the order of its members", () => {
  expect(desiredEtag({ a: 1, b: [2] })).toBe(desiredEtag({ b: [2], a: 1 }));
  expect(desiredEtag({ a: 1 })).toMatch(/^ds1-[A-Za-z0-9_-]{43}$/);
});

it("a hardware UUID is hashed alike however it is written, and junk is not hashed at all", () => {
  const hash = hardwareHash("4c4c4544-0042-4d10-8051-b3c04f533332");
  expect(hash).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(hardwareHash("4C4C454400424D108051B3C04F533332\n")).toBe(hash);
  for (const junk of ["0".repeat(32), "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Specified", ""]) {
    expect(hardwareHash(junk)).toBeUndefined();
  }
});
