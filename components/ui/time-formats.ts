/** What `make` makes of an argument, made once: to construct a format of Intl takes a thousand times as long as to use it. */
function kept<Format>(make: (...of: [string, string?]) => Format): typeof make {
  const formats = new Map<string, Format>();
  return (...of) => {
    const key = of.join(" ");
    const format = formats.get(key) ?? make(...of);
    formats.set(key, format);
    return format;
  };
}

/** How a moment is written, in a zone or in the browser's own. */
export const momentFormat = kept(
  (locale, timeZone) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }),
);

/** How a distance in time is written. */
export const relativeFormat = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
