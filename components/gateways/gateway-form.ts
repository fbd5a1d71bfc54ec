import { z } from "zod";
import { CreateGateway, type GatewayDetail, UpdateGateway } from "@/server/modules/gateways/schema";

const { endpoint, vpnCidrV6, dnsServers, networks } = CreateGateway.shape;
const [dnsServer, network] = [dnsServers.unwrap().element, networks.unwrap().element];

/** An empty field is none. */
const textOrNull = <Schema extends z.ZodType<string | null, string | null>>(schema: Schema) =>
  z
    .string()
    .default("")
    .transform((text) => text.trim() || null)
    .pipe(schema);

const DnsText = z
  .string()
  .default("")
  .transform((text, context) => {
    const parts = text.split(/[\s,;]+/).filter(Boolean);
    const wrong = parts.find((part) => !dnsServer.safeParse(part).success);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: `“${wrong}” is not an address.` });
    return parts;
  })
  .pipe(dnsServers.unwrap());

/** One line: a network, and behind it what it is. */
function networkOf(line: string) {
  const [, first = "", description = ""] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
  return network.safeParse({ network: first, description });
}

const NetworksText = z
  .string()
  .default("")
  .transform((text, context) => {
    const lines = text.split("\n").map((line) => line.trim());
    const parsed = lines.filter(Boolean).map(networkOf);
    const wrong = parsed.find(({ error }) => error)?.error?.issues[0];
    if (wrong) context.addIssue({ code: "custom", message: wrong.message });
    if (parsed.length > 200) context.addIssue({ code: "custom", message: "At most 200 networks." });
    return parsed.flatMap(({ data }) => (data ? [data] : []));
  });

const texts = {
  endpoint: textOrNull(endpoint.unwrap()),
  vpnCidrV6: textOrNull(vpnCidrV6.unwrap()),
  dnsServers: DnsText,
  networks: NetworksText,
};

/** A gateway as its forms hold it: lists are texts. */
export const CreateGatewayForm = CreateGateway.extend(texts);
export const UpdateGatewayForm = UpdateGateway.extend(texts);

/** What the form for a gateway that there is starts with. */
export const textsOf = (gateway: GatewayDetail) => ({
  endpoint: gateway.endpoint ?? "",
  vpnCidrV6: gateway.vpnCidrV6 ?? "",
  dnsServers: gateway.dnsServers.join(", "),
  networks: gateway.networks.map(({ network, description }) => `${network} ${description}`.trim()).join("\n"),
});

/** A private IPv6 network nobody else is likely to have (RFC 4193): 40 random bits. */
export function randomUla(): string {
  const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint16Array(3));
  const parts = [0xfd00 | (a & 0xff), b, c].map((part) => part.toString(16));
  return `${parts.join(":")}::/64`;
}
