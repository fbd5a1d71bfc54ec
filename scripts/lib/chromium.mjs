// A Chromium for the browser tests.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { canInstall, install } from "./debian.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Path of the Chromium to use: KEYWARD_CHROMIUM, the system's, or Playwright's own; undefined when there is none. */
export async function findChromium() {
  const named = process.env.KEYWARD_CHROMIUM;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error("KEYWARD_CHROMIUM does not name a program that can be run");
  }
  const places = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const system = places.flatMap((place) => NAMES.map((name) => join(place, name))).find(isExecutable);
  if (system) return system;
  const { chromium } = await import("@playwright/test");
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/** Finds Chromium or, as root on Debian, installs it. @throws {Error} saying what to do when neither works */
export async function ensureChromium() {
  const found = await findChromium();
  if (found) return found;
  if (canInstall()) {
    install("chromium", "fonts-liberation");
    const installed = await findChromium();
    if (installed) return installed;
  }
  throw new Error(
    "The browser tests need Chromium: install your system's chromium package, run `npx playwright install chromium`, or set KEYWARD_CHROMIUM.",
  );
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
