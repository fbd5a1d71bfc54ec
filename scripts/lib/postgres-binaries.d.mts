export interface Identity {
  uid: number;
  gid: number;
}

export interface PackagedPostgres {
  /** The directory holding `bin`, `lib` and `share`. */
  native: string;
  version: string;
}

export function locatePackage(): PackagedPostgres;

export function nativeDirectory(
  identity: Identity | undefined,
  copyParent: string,
  packaged?: PackagedPostgres,
): string;

export function binary(native: string, name: string): string;
