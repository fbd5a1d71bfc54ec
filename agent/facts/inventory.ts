import { collectAgent } from "@/agent/facts/agent";
import { collectHardware } from "@/agent/facts/hardware";
import { collectNetwork } from "@/agent/facts/network";
import { collectOs } from "@/agent/facts/os";
import { collectPackages } from "@/agent/facts/packages";
import { canonicalHash } from "@/server/core/canonical-hash";
import { type FactSection, factsBySection } from "@/server/modules/agents/facts.schema";

export interface Fact {
  readonly facts: unknown;
  readonly hash: string;
}

export type Facts = ReadonlyMap<FactSection, Fact>;

/** Packages change seldom and take longest to list. */
const PACKAGES_EVERY = 6;

/** What was collected so far, so that most check-ins collect nothing. */
export class Inventory {
  private facts: Facts = new Map();
  private collectedAtS = Number.NEGATIVE_INFINITY;
  private packagesAtS = Number.NEGATIVE_INFINITY;

  /**
   * The facts, collected again once they are older than the interval.
   * @param nowS any clock that does not jump; {@link everyS} is in seconds
   */
  async current(options: { nowS: number; everyS: number; clockOffsetS: number }): Promise<Facts> {
    const { nowS, everyS, clockOffsetS } = options;
    if (nowS - this.collectedAtS < everyS) return this.facts;
    const packagesDue = nowS - this.packagesAtS >= everyS * PACKAGES_EVERY;
    const packages = packagesDue ? await collect("packages", collectPackages) : this.facts.get("packages");
    const entries: [FactSection, Fact | undefined][] = [
      ["os", await collect("os", collectOs)],
      ["hardware", await collect("hardware", collectHardware)],
      ["network", await collect("network", collectNetwork)],
      ["packages", packages],
      ["agent", await collect("agent", () => collectAgent(clockOffsetS))],
    ];
    this.facts = new Map(entries.flatMap(([section, fact]) => (fact ? [[section, fact]] : [])));
    this.collectedAtS = nowS;
    if (packagesDue) this.packagesAtS = nowS;
    return this.facts;
  }

  /** Makes the next {@link current} collect everything. */
  expire(): void {
    this.collectedAtS = Number.NEGATIVE_INFINITY;
    this.packagesAtS = Number.NEGATIVE_INFINITY;
  }
}

/** One section; undefined where this machine does not let itself be asked, which must not stop the others. */
async function collect(section: FactSection, collector: () => unknown): Promise<Fact | undefined> {
  try {
    const facts = factsBySection[section].parse(await collector());
    return { facts, hash: canonicalHash(facts) };
  } catch {
    return undefined;
  }
}
