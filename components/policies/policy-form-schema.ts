import { z } from "zod";
import { LocalMoment, localText } from "@/components/form/local-moment";
import { checkPolicy, Destination, type PolicyDetail, PolicyFields } from "@/server/modules/policies/schema";

const PORTS = /^(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?$/;

/** "443" or "8000-8100"; empty is every port. */
export const PortsText = z
  .string()
  .trim()
  .default("")
  .transform((text, context) => {
    if (text === "") return null;
    const [, from = "", to = from] = PORTS.exec(text) ?? [];
    const ports = { from: Number(from), to: Number(to) };
    if (from !== "" && ports.from >= 1 && ports.from <= ports.to && ports.to <= 65_535) return ports;
    context.addIssue({ code: "custom", message: "Enter a port like 443, or a range like 8000-8100." });
    return z.NEVER;
  });

const fitsProtocol = ({ protocol, ports }: { protocol: string; ports: unknown }): boolean =>
  ports === null || protocol === "tcp" || protocol === "udp";

/** A policy as its form holds it: ports are a text, moments are in the reader's zone. */
export const PolicyForm = PolicyFields.extend({
  // An emptied field is a mistake here, not a wish for what is usual.
  priority: PolicyFields.shape.priority.unwrap(),
  startsAt: LocalMoment,
  endsAt: LocalMoment,
  destinations: z
    .array(
      z
        .object({ ...Destination.shape, ports: PortsText })
        .refine(fitsProtocol, { path: ["ports"], message: "Only TCP and UDP have ports. Choose one of them." }),
    )
    .max(1000, "At most 1,000 destinations."),
  isOverride: z.boolean(),
}).superRefine(checkPolicy);
export type PolicyFormValues = z.input<typeof PolicyForm>;

/** What the form starts with: a policy there is, or a new one. */
export function formValues(policy: PolicyDetail | null): PolicyFormValues {
  return {
    name: policy?.name ?? "",
    description: policy?.description ?? "",
    priority: policy?.priority ?? 100,
    effect: policy?.effect ?? "allow",
    isActive: policy?.isActive ?? true,
    fullTunnel: policy?.fullTunnel ?? false,
    startsAt: localText(policy?.startsAt ?? null),
    endsAt: localText(policy?.endsAt ?? null),
    targets: policy?.targets.map(({ type, id, isExcluded }) => ({ type, id, isExcluded })) ?? [],
    destinations:
      policy?.destinations.map(({ ports, ...rest }) => ({
        ...rest,
        ports: ports === null ? "" : ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`,
      })) ?? [],
    isOverride: false,
  };
}
