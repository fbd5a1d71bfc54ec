/** One of the things compared in a row; `run` measures it once and gives a rate per second. */
export interface Contestant {
  name: string;
  run(): Promise<number>;
}

export type Rates = ReadonlyMap<string, readonly number[]>;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Measures everybody in turn, round by round, so that the machine's moods fall on all alike. The first round warms up. */
export async function measure(
  contestants: readonly Contestant[],
  rounds = Number(process.env.BENCH_ROUNDS ?? 3),
): Promise<Rates> {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of contestants) {
      const rate = await run();
      if (round > 0) rates.get(name)?.push(rate);
    }
  }
  return rates;
}

export interface Target {
  /** What the ratio is to. */
  of: string;
  atLeast: number;
}

interface Outcome {
  rates: Rates;
  subject: string;
  targets: readonly Target[];
}

/** Prints the rates and, pair by pair of each round, the ratios of `subject` with their spread. */
export function report(row: string, { rates, subject, targets }: Outcome): void {
  console.log(`\n${row}`);
  for (const [name, values] of rates) {
    const spread = `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
    console.log(`  ${name.padEnd(44)} ${median(values).toFixed(0).padStart(8)} /s   (${spread})`);
  }
  const own = rates.get(subject) ?? [];
  for (const { of, atLeast } of targets) {
    const ratios = own.map((value, at) => value / (rates.get(of)?.[at] ?? Number.NaN));
    const ratio = median(ratios);
    const verdict = ratio >= atLeast ? "met" : "NOT MET";
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    console.log(`  ratio to ${of}: ${ratio.toFixed(2)} (${spread}), target ≥ ${atLeast}: ${verdict}`);
  }
}
