/** How many process instances of a device are remembered. */
const REMEMBERED = 8;

export interface Instances {
  recent: readonly string[];
  flips: number;
}

/**
 * Counts an instance id that comes back after another took its place: two holders of one key. A restart brings a new
 * id and a lost answer repeats the last one, so neither can raise the count.
 */
export function seeInstance({ recent, flips }: Instances, instanceId: string): Instances {
  if (recent.at(-1) === instanceId) return { recent, flips };
  const isBack = recent.includes(instanceId);
  const others = recent.filter((known) => known !== instanceId);
  return { recent: [...others, instanceId].slice(-REMEMBERED), flips: flips + (isBack ? 1 : 0) };
}
