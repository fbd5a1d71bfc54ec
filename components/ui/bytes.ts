const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const STEP = 1024;

/** The largest unit of which there is one at least. */
function unitOf(bytes: number): { unit: string; size: number } {
  let at = 0;
  // 1,023.96 KiB would be written as 1,024 KiB, which is a MiB.
  while (at < units.length - 1 && Math.round((bytes / STEP ** at) * 10) / 10 >= STEP) at += 1;
  return { unit: units[at] ?? "B", size: STEP ** at };
}

/** "0 B", "1.5 KiB", "31.3 GiB": bytes as people read them, in steps of 1,024. */
export function bytesText(bytes: number): string {
  const { unit, size } = unitOf(bytes);
  return `${(bytes / size).toLocaleString("en-GB", { maximumFractionDigits: 1 })} ${unit}`;
}

/** The top of a scale on which `highest` fits: 1, 2, 5, 10, 20, 50 … of its unit. */
export function bytesScaleTop(highest: number): number {
  const { size } = unitOf(highest);
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, STEP].map((step) => step * size);
  return steps.find((step) => step >= highest) ?? highest;
}
