import { z } from "zod";
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

/** The token as the form holds it: networks are one text. */
export const CreateTokenForm = CreateEnrolmentToken.extend({ allowedCidrs: NetworksText });

export const lifetimes: readonly Option[] = [
  { value: "1", label: "1 hour" },
  { value: "8", label: "8 hours" },
  { value: "24", label: "24 hours" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
  { value: "2160", label: "90 days" },
];
