export function postgresIdentity(dataDir: string): { uid: number; gid: number } | undefined;
