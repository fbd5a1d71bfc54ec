import { z } from "zod";
import type { Option } from "@/components/ui/select";
import { WireguardKey } from "@/server/modules/gateways/state.schema";
import { CreateTunnel } from "@/server/modules/tunnels/schema";

/** A lifetime as a list holds it: days as text, nothing for no end. */
const Lifetime = z
  .string()
  .default("")
  .transform((days) => (days === "" ? null : Number(days)))
  .pipe(CreateTunnel.shape.lifetimeDays.unwrap());

export const lifetimes: readonly Option[] = [
  { value: "1", label: "1 day from now" },
  { value: "7", label: "7 days from now" },
  { value: "30", label: "30 days from now" },
  { value: "90", label: "90 days from now" },
  { value: "365", label: "A year from now" },
];

/** Whose key a tunnel gets: one made on this page, or one the device made, whose public half is told. */
const keyFields = { keyFrom: z.enum(["browser", "device"]), publicKey: z.string().trim().default("") };
type KeyChoice = z.output<z.ZodObject<typeof keyFields>>;

function requireKey({ keyFrom, publicKey }: KeyChoice, context: z.RefinementCtx): void {
  if (keyFrom === "browser" || WireguardKey.safeParse(publicKey).success) return;
  const message = "Paste the device's public key: 44 characters, as “wg pubkey” writes it.";
  context.addIssue({ code: "custom", path: ["publicKey"], message });
}

/** The device's own public key; absent where the browser makes one. */
export const chosenKey = ({ keyFrom, publicKey }: KeyChoice): string | undefined =>
  keyFrom === "device" ? publicKey : undefined;

export const GiveTunnelForm = z
  .object({ gatewayId: CreateTunnel.shape.gatewayId, lifetime: Lifetime, ...keyFields })
  .superRefine(requireKey);
/** One more: the device has its key. */
export const AddTunnelForm = z.object({ gatewayId: CreateTunnel.shape.gatewayId, lifetime: Lifetime });
export const NewKeyForm = z.object(keyFields).superRefine(requireKey);
export const ExtendTunnelForm = z.object({ lifetime: Lifetime });
