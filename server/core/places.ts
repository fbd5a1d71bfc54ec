import { type CityResponse, type CountryResponse, open, type Reader, type Response } from "maxmind";
import { EnvError, env } from "./env";

/** Where an address probably is, as far as the database knows; for people to recognise a session by, never for access. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  region: string | null;
  city: string | null;
  /** IANA name, such as `Europe/Berlin`. */
  timezone: string | null;
  latitude: number | null;
  longitude: number | null;
}

const NOWHERE: Place = { country: null, region: null, city: null, timezone: null, latitude: null, longitude: null };

/** MaxMind's and DB-IP's form, or the flat one of ip-location-db. */
type Found = Partial<CityResponse & CountryResponse> & { country_code?: string };

type Places = Reader<Found & Response>;

// Next bundles its own copy of this file: a database of a hundred megabytes is read once.
const PLACES = Symbol.for("keyward.places");
const shared = globalThis as { [PLACES]?: Promise<Places> };

async function load(path: string): Promise<Places> {
  try {
    // A database that is replaced by its updater is read anew.
    return await open<Found & Response>(path, { watchForUpdates: true, watchForUpdatesNonPersistent: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvError([`KEYWARD_GEO_DATABASE names a file that is not a usable .mmdb database (${reason})`]);
  }
}

/** Reads the database that `KEYWARD_GEO_DATABASE` names, once. @throws {EnvError} when it is none */
export async function openPlaces(): Promise<Places | undefined> {
  const path = env().KEYWARD_GEO_DATABASE;
  if (!path) return undefined;
  shared[PLACES] ??= load(path);
  return shared[PLACES];
}

/** Where this address is; nowhere for addresses of private networks and without a database. */
export async function placeOf(ip: string | null): Promise<Place> {
  const found = ip ? (await openPlaces())?.get(ip) : null;
  if (!found) return NOWHERE;
  return {
    country: found.country?.iso_code ?? found.country_code ?? null,
    region: found.subdivisions?.[0]?.names.en ?? null,
    city: found.city?.names.en ?? null,
    timezone: found.location?.time_zone ?? null,
    latitude: found.location?.latitude ?? null,
    longitude: found.location?.longitude ?? null,
  };
}
