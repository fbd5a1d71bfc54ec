import Bowser from "bowser";

/** What a user-agent header says of the browser, for people to recognise their sessions by. */
export interface ClientDevice {
  deviceType: string | null;
  deviceOs: string | null;
  deviceBrowser: string | null;
}

const named = (name: string | undefined, version: string | undefined): string | null =>
  name ? [name, version?.split(".")[0]].filter(Boolean).join(" ") : null;

export function describeUserAgent(userAgent: string | null): ClientDevice {
  if (!userAgent) return { deviceType: null, deviceOs: null, deviceBrowser: null };
  const { browser, os, platform } = Bowser.parse(userAgent);
  return {
    deviceType: platform.type ?? null,
    deviceOs: named(os.name, os.versionName ?? os.version),
    deviceBrowser: named(browser.name, browser.version),
  };
}
