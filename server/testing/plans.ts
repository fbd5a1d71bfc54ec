import { z } from "zod";
import { getSql } from "@/db/client";
import type { TestDatabase } from "./database";

/** One node of PostgreSQL's plan, as EXPLAIN (ANALYZE, FORMAT JSON) gives it. */
const Node = z.looseObject({
  "Node Type": z.string(),
  "Relation Name": z.string().optional(),
  "Actual Rows": z.number(),
  "Actual Loops": z.number(),
  "Rows Removed by Filter": z.number().default(0),
  "Rows Removed by Index Recheck": z.number().default(0),
  get Plans() {
    return z.array(Node).default([]);
  },
});
type Node = z.infer<typeof Node>;

export interface Scan {
  readonly kind: string;
  readonly table: string;
  /** Rows looked at, whether they were wanted or not. */
  readonly rows: number;
}

interface Statement {
  readonly text: string;
  readonly scans: readonly Scan[];
}

function scansOf(node: Node): Scan[] {
  const below = node.Plans.flatMap(scansOf);
  const table = node["Relation Name"];
  if (!table) return below;
  const perLoop = node["Actual Rows"] + node["Rows Removed by Filter"] + node["Rows Removed by Index Recheck"];
  return [...below, { kind: node["Node Type"], table, rows: perLoop * node["Actual Loops"] }];
}

type Sent = { text: string; values: readonly unknown[] };

/** The statements of the server's own pool while `work` runs, exactly as they went out. */
async function listen(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const { options } = getSql();
  const before = options.debug;
  Object.assign(options, { debug: (_: number, text: string, values: unknown[]) => sent.push({ text, values }) });
  try {
    await work();
  } finally {
    Object.assign(options, { debug: before });
  }
  return sent;
}

/**
 * Runs `work` and explains every reading statement it sent, with the same text and values, in the role and scope of
 * work that was checked for a permission.
 */
async function explained({ app }: TestDatabase, work: () => Promise<unknown>): Promise<Statement[]> {
  const sent = (await listen(work)).filter(
    ({ text }) => /^select .* from /s.test(text) && !/enter_scope|authority_/.test(text),
  );
  return app.begin(async (tx) => {
    await tx`select enter_scope('admin', null)`;
    const statements: Statement[] = [];
    for (const { text, values } of sent) {
      const [row] = await tx.unsafe(`explain (analyze, timing off, format json) ${text}`, values as never[]);
      const [{ Plan }] = z.tuple([z.looseObject({ Plan: Node })]).parse(Object.values(row ?? {})[0]);
      statements.push({ text, scans: scansOf(Plan) });
    }
    return statements;
  });
}

/** How a table, or its partitions, was read for a page's rows and for their number. */
export async function pageReads(
  database: TestDatabase,
  table: string,
  list: () => Promise<unknown>,
): Promise<{ rows: Scan[]; count: Scan[] }> {
  const statements = await explained(database, list);
  if (statements.length !== 2) throw new Error(`A page takes two statements, not ${statements.length}`);
  const of = (isCount: boolean) =>
    statements
      .filter(({ text }) => text.startsWith("select count(*)") === isCount)
      .flatMap(({ scans }) => scans.filter((scan) => scan.table.startsWith(table)));
  return { rows: of(false), count: of(true) };
}

export const rowsIn = (scans: readonly Scan[]): number => scans.reduce((sum, { rows }) => sum + rows, 0);

export const kindsIn = (...scans: (readonly Scan[])[]): string[] => scans.flat().map(({ kind }) => kind);
