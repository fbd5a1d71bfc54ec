import { z } from "zod";
import { networkProtocols, policyEffects, policyTestSources } from "@/db/enums";
import { PolicyTestId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { CanonicalAddress } from "./network.schema";

/** What came of a test now. `gone`: what it is about is not there any more, so that it can neither pass nor fail. */
export const testOutcomes = ["passed", "failed", "gone"] as const;
export type TestOutcome = (typeof testOutcomes)[number];

const fields = z.object({
  name: z.string().trim().min(1, "Say what must hold, such as “Guests never reach the printers”.").max(200),
  sourceType: z.enum(policyTestSources),
  sourceId: z.uuid("Choose whose traffic it is."),
  destination: CanonicalAddress,
  protocol: z.enum(networkProtocols).default("any"),
  port: z.number().int().min(1).max(65_535).nullable().default(null),
  expect: z.enum(policyEffects),
  isActive: z.boolean().default(true),
});

const needsProtocol = ({ protocol, port }: Pick<z.infer<typeof fields>, "protocol" | "port">): boolean =>
  port === null || protocol === "tcp" || protocol === "udp";
const ONLY_TCP_AND_UDP = { path: ["port"], message: "Only TCP and UDP have ports." };

export const CreatePolicyTest = fields.refine(needsProtocol, ONLY_TCP_AND_UDP);
export type CreatePolicyTest = z.infer<typeof CreatePolicyTest>;
export const UpdatePolicyTest = fields.extend({ id: PolicyTestId }).refine(needsProtocol, ONLY_TCP_AND_UDP);
export const PolicyTestById = z.object({ id: PolicyTestId });

export const PolicyTest = z.object({
  ...fields.shape,
  id: PolicyTestId,
  destination: z.string(),
  /** Null when it is not there any more. */
  sourceName: z.string().nullable(),
  outcome: z.enum(testOutcomes),
  createdAt: z.date(),
});
export type PolicyTest = z.infer<typeof PolicyTest>;

export const PolicyTestPage = pageOf(PolicyTest);
export type PolicyTestPage = z.infer<typeof PolicyTestPage>;

export const ListPolicyTests = PageFilter.extend({ sort: z.enum(["name", "createdAt"]).default("name") });
export type ListPolicyTests = z.infer<typeof ListPolicyTests>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const testDirection = ({ sort, direction }: Pick<ListPolicyTests, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");
