import { CreatePolicy } from "@/server/modules/policies/schema";
import * as policies from "@/server/modules/policies/service";
import { CreatePolicyTest } from "@/server/modules/policies/tests.schema";
import * as policyTests from "@/server/modules/policies/tests.service";
import { system, unique } from "./factories";

type Fields = Partial<(typeof CreatePolicy)["_zod"]["input"]>;

/** A policy as a form would send it: for everybody, unless said otherwise. */
export const policyFields = (input: Fields = {}): CreatePolicy =>
  CreatePolicy.parse({ name: unique("policy"), targets: [{ type: "all", isExcluded: false }], ...input });

export const savedPolicy = (input: Fields = {}) => policies.create.execute(system, policyFields(input));

/** What must hold, switched on. */
export const savedTest = (input: Omit<(typeof CreatePolicyTest)["_zod"]["input"], "name">) =>
  policyTests.create.execute(system, CreatePolicyTest.parse({ name: unique("test"), ...input }));
