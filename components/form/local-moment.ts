import { z } from "zod";

/** A moment as the browser's own control writes it, in the reader's zone; an empty one is none. */
export const LocalMoment = z.string().transform((text, context) => {
  if (text === "") return null;
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  context.addIssue({ code: "custom", message: "Enter a day and a time." });
  return z.NEVER;
});

const twoDigits = (number: number): string => String(number).padStart(2, "0");

/** A moment as that control takes it. */
export function localText(moment: Date | null): string {
  if (!moment) return "";
  const day = [moment.getFullYear(), twoDigits(moment.getMonth() + 1), twoDigits(moment.getDate())].join("-");
  return `${day}T${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}`;
}
