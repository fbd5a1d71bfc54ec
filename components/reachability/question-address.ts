/** The address of a page with these parameters, without what is empty. */
export function questionAddress(
  path: string,
  values: Readonly<Record<string, string | number | null | undefined>>,
): string {
  const search = new URLSearchParams(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined || value === null || value === "" ? [] : [[key, String(value)]],
    ),
  );
  return search.size === 0 ? path : `${path}?${search}`;
}
