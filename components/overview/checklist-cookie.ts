/** The cookie that remembers that the first steps were put away; the page reads it, so that nothing flashes. */
export const CHECKLIST_COOKIE = "kw-first-steps";
const HIDDEN = "hidden";
const MAX_AGE_S = 400 * 24 * 3_600;

export const isChecklistHidden = (value: string | undefined): boolean => value === HIDDEN;

/** Puts the first steps away in this browser, or brings them back. */
export function hideChecklist(isHidden: boolean): void {
  const maxAge = isHidden ? MAX_AGE_S : 0;
  const secure = location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists in some browsers and on HTTPS only
  document.cookie = `${CHECKLIST_COOKIE}=${HIDDEN}; path=/; max-age=${maxAge.toString()}; samesite=lax${secure}`;
}
