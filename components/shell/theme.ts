export const themes = ["system", "light", "dark", "high-contrast"] as const;
export type Theme = (typeof themes)[number];

/** The cookie with the chosen theme; the root layout reads it, so that the first paint is right. */
export const THEME_COOKIE = "kw-theme";
const MAX_AGE_S = 400 * 24 * 3_600;

/** A theme from a cookie; anything unknown follows the system. */
export function themeFrom(text: string | undefined): Theme {
  return themes.find((theme) => theme === text) ?? "system";
}

/** Shows a theme at once and remembers it. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists in some browsers and on HTTPS only
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${MAX_AGE_S.toString()}; samesite=lax${secure}`;
}
