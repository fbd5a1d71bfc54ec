import { counted } from "@/components/ui/counted";
import { keyLifetimes, MAX_OVERLAP_DAYS } from "@/server/modules/api-keys/schema";

const choice = (days: number) => ({ value: String(days), label: counted(days, "day") });

/** How long a key may live, to choose from. */
export const lifetimes = keyLifetimes.map(choice);

/** How long a key may work on beside its successor, to choose from. */
export const overlaps = [
  { value: "0", label: "Not at all" },
  ...Array.from({ length: MAX_OVERLAP_DAYS }, (_, at) => choice(at + 1)),
];
