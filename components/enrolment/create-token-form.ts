import { z } from "zod";
import { counted } from "@/components/ui/counted";
import type { Option } from "@/components/ui/select";
import { CreateEnrolmentToken } from "@/server/modules/enrolment/schema";

const networks = CreateEnrolmentToken.shape.allowedCidrs.unwrap();

/** Networks as people type them: separated by commas, spaces or lines. An empty field is absent. */
const NetworksText = z
  .string()
  .default("")
  .transform((text, context) => {
    const parts = text.split(/[\s,;]+/).filter(Boolean);
    const wrong = parts.find((part) => !networks.element.safeParse(part).success);
    if (wrong !== undefined) {
      context.addIssue({ code: "custom", message: `“${wrong}” is not a network like 10.0.0.0/8 or 2001:db8::/32.` });
    }
    if (parts.length > 50) context.addIssue({ code: "custom", message: "At most 50 networks." });
    return parts;
  });

/** Seconds as a list holds them: as text, nothing for never. */
const EphemeralTtl = z
  .string()
  .default("")
  .transform((seconds) => (seconds === "" ? null : Number(seconds)))
  .pipe(CreateEnrolmentToken.shape.ephemeralTtlS.unwrap());

/** The token as the form holds it: networks are one text. */
export const CreateTokenForm = CreateEnrolmentToken.extend({
  allowedCidrs: NetworksText,
  ephemeralTtlS: EphemeralTtl,
});

export const lifetimes: readonly Option[] = [
  { value: "1", label: "1 hour" },
  { value: "8", label: "8 hours" },
  { value: "24", label: "24 hours" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
  { value: "2160", label: "90 days" },
];

const ephemeralTtls = new Map([
  [3600, "1 hour"],
  [8 * 3600, "8 hours"],
  [86_400, "1 day"],
  [7 * 86_400, "7 days"],
  [30 * 86_400, "30 days"],
]);

export const ephemeralOptions: readonly Option[] = [...ephemeralTtls].map(([seconds, label]) => ({
  value: seconds.toString(),
  label: `After ${label}`,
}));

/** When devices of a token are retired by themselves. */
export function ephemeralText(seconds: number | null): string {
  if (seconds === null) return "Never by itself";
  return `${ephemeralTtls.get(seconds) ?? counted(Math.round(seconds / 3600), "hour")} after the last sign of life`;
}
