import type { NetworkPolicy } from "./policy-model";
import type { PolicyFields } from "./schema";

/** A policy that is not saved yet comes after all others of its priority, as it will once it is. */
export const NEW_ID = "ffffffff-ffff-4fff-bfff-ffffffffffff";

export const draftOf = (
  id: string,
  { startsAt, endsAt, ...fields }: PolicyFields,
): NetworkPolicy & { name: string } => ({
  ...fields,
  id,
  startsAt: startsAt === null ? null : new Date(startsAt),
  endsAt: endsAt === null ? null : new Date(endsAt),
});

/** The policies with one of them replaced, added or, without a draft, taken out. */
export function withDraft<Policy extends NetworkPolicy>(
  policies: readonly Policy[],
  id: string,
  draft: Policy | null,
): Policy[] {
  const others = policies.filter((policy) => policy.id !== id);
  return draft ? [...others, draft] : others;
}

const portsText = (ports: PolicyFields["destinations"][number]["ports"]): string =>
  ports === null ? "" : ` ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`;

type Told = Omit<PolicyFields, "startsAt" | "endsAt" | "destinations"> & {
  startsAt: Date | string | null;
  endsAt: Date | string | null;
  destinations: readonly Omit<PolicyFields["destinations"][number], "description">[];
};

const moment = (value: Date | string | null): string | null => (value === null ? null : new Date(value).toISOString());

/** A policy as the audit log tells it. */
export const toldPolicy = ({ targets, destinations, startsAt, endsAt, ...rest }: Told) => ({
  ...{ name: rest.name, description: rest.description, priority: rest.priority, effect: rest.effect },
  ...{ isActive: rest.isActive, fullTunnel: rest.fullTunnel, startsAt: moment(startsAt), endsAt: moment(endsAt) },
  targets: targets.map(({ type, id, isExcluded }) => `${isExcluded ? "not " : ""}${type}${id ? ` ${id}` : ""}`).sort(),
  destinations: destinations.map(({ network, protocol, ports }) => `${network} ${protocol}${portsText(ports)}`).sort(),
});

type Side = ReturnType<typeof toldPolicy> | null;

/** Field by field before and after, only what differs. */
export function policyChanges(before: Side, after: Side): Record<string, [unknown, unknown]> {
  const fields = Object.keys(before ?? after ?? {}) as (keyof NonNullable<Side>)[];
  return Object.fromEntries(
    fields
      .map((field): [string, [unknown, unknown]] => [field, [before?.[field] ?? null, after?.[field] ?? null]])
      .filter(([, [was, is]]) => JSON.stringify(was) !== JSON.stringify(is)),
  );
}
