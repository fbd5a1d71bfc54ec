import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { EnvError, loadEnv } from "@/server/core/env";
import { openPlaces, placeOf } from "@/server/core/places";
import { mmdb } from "@/server/testing/mmdb";

const ENV = Symbol.for("keyward.env");
const PLACES = Symbol.for("keyward.places");
const globals = globalThis as { [ENV]?: unknown; [PLACES]?: unknown };

function under(content: Buffer | string | null): void {
  const file = join(mkdtempSync(join(tmpdir(), "keyward-places-")), "places.mmdb");
  if (content !== null) writeFileSync(file, content);
  globals[ENV] = loadEnv({ KEYWARD_GEO_DATABASE: file });
  delete globals[PLACES];
}

afterEach(() => {
  delete globals[ENV];
  delete globals[PLACES];
});

const BERLIN = {
  country: { iso_code: "DE" },
  subdivisions: [{ iso_code: "BE", names: { en: "Land Berlin" } }],
  city: { names: { de: "Berlin", en: "Berlin" } },
  location: { latitude: 52.52, longitude: 13.405, time_zone: "Europe/Berlin" },
};

describe("the place of an address", () => {
  it("is read from a database of cities, for both kinds of addresses", async () => {
    under(mmdb({ "203.0.113.0/24": BERLIN, "2001:db8::/32": BERLIN }));
    const berlin = {
      country: "DE",
      region: "Land Berlin",
      city: "Berlin",
      timezone: "Europe/Berlin",
      latitude: 52.52,
      longitude: 13.405,
    };
    expect(await placeOf("203.0.113.7")).toEqual(berlin);
    expect(await placeOf("2001:db8:7::1")).toEqual(berlin);
  });

  it("is a country only where the database knows no more", async () => {
    under(mmdb({ "198.51.100.0/25": { country_code: "AU" } }));
    expect(await placeOf("198.51.100.1")).toMatchObject({ country: "AU", city: null, latitude: null });
    expect(await placeOf("198.51.100.200")).toMatchObject({ country: null });
  });

  it("is nowhere for private addresses, for none, and without a database", async () => {
    under(mmdb({ "203.0.113.0/24": BERLIN }));
    for (const ip of ["10.0.0.1", "127.0.0.1", "::1", null]) expect((await placeOf(ip)).country).toBeNull();
    globals[ENV] = loadEnv({});
    expect((await placeOf("203.0.113.7")).country).toBeNull();
  });

  it("stops the server at start, with the variable's name, when the file is missing or something else", async () => {
    for (const content of [null, "not a database", ""]) {
      under(content);
      await expect(openPlaces()).rejects.toThrow(EnvError);
      await expect(openPlaces()).rejects.toThrow(/KEYWARD_GEO_DATABASE/);
    }
  });
});
