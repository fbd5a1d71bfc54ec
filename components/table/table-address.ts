/** What a filter of a list may hold. */
export type FilterValue = string | number | boolean | Date | readonly string[] | null | undefined;

/** A list's filter as the server parsed it from the address. */
export type TableFilter = Readonly<Record<string, FilterValue>>;

/** Parameters that say which page is shown and how, not which rows belong to the list. */
const PAGING = new Set(["cursor", "size", "sort", "direction"]);

function textsOf(value: FilterValue): string[] {
  if (value === undefined || value === null || value === "") return [];
  if (value instanceof Date) return [value.toISOString()];
  return typeof value === "object" ? [...value] : [value.toString()];
}

/**
 * The address of the same list with other parameters. Several values repeat their key; an empty value removes it.
 * Whatever changes the list, its order or its page size leads back to the first page.
 */
export function addressWith(path: string, search: URLSearchParams, changes: TableFilter): string {
  const next = new URLSearchParams(search);
  next.delete("cursor");
  for (const [key, value] of Object.entries(changes)) {
    next.delete(key);
    for (const text of textsOf(value)) next.append(key, text);
  }
  const query = next.toString();
  return query ? `${path}?${query}` : path;
}

/** The filter without paging and without what is empty: what a bulk action and an export apply to. */
export function selectionFilter(filter: TableFilter): TableFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([key, value]) => !PAGING.has(key) && textsOf(value).length > 0),
  );
}

/** The values of one filter as text, whether it holds one or several. */
export function filterValues(filter: TableFilter, key: string): string[] {
  return textsOf(filter[key]);
}
