import { expect, it } from "vitest";
import { GroupId } from "@/server/core/ids";
import type { Group } from "@/server/modules/groups/schema";
import { groupRemoval } from "./group-removal";

const now = new Date();
const group: Group = {
  id: GroupId.parse(crypto.randomUUID()),
  name: "Harbour",
  deviceLimit: null,
  description: "",
  isSystem: false,
  members: 0,
  policies: 0,
  tokens: 0,
  createdAt: now,
  updatedAt: now,
};

it("removing a group names what goes with it, by number, and asks for its name when anything does", () => {
  expect(groupRemoval({ ...group, members: 1204, policies: 1, tokens: 2 })).toMatchObject({
    impact:
      "1,204 members lose what policies give through it. 1 policy names it no more; whom a policy left out with it is left out no longer. 2 enrolment tokens no longer belong to it. This cannot be undone.",
    typeToConfirm: "Harbour",
  });
  expect(groupRemoval({ ...group, members: 1 }).impact).toBe(
    "1 member loses what policies give through it. This cannot be undone.",
  );
});

it("removing a group nobody uses says so and asks once", () => {
  expect(groupRemoval(group)).toMatchObject({
    impact: "Nobody is in it and nothing names it. This cannot be undone.",
    typeToConfirm: undefined,
  });
});
