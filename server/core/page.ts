import { z } from "zod";

/** The paging part of every list's filter, as it stands in the URL. */
export const PageFilter = z.object({
  q: z.string().trim().max(200).optional(),
  cursor: z.string().max(600).optional(),
  size: z.coerce.number().int().min(1).max(100).default(25),
  direction: z.enum(["asc", "desc"]).optional(),
});

/** A page of a list. `total` is exact as long as `totalIsExact`; counting stops at 10,000. */
export interface Page<Row> {
  rows: Row[];
  total: number;
  totalIsExact: boolean;
  nextCursor: string | null;
  previousCursor: string | null;
}

export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    rows: z.array(row),
    total: z.number().int(),
    totalIsExact: z.boolean(),
    nextCursor: z.string().nullable(),
    previousCursor: z.string().nullable(),
  });
}
