export interface EmbeddedPostgres {
  /** Connection string of the superuser to the database `keyward`. */
  url: string;
  /** Process id of the postmaster. */
  pid: number;
  port: number;
  /** Where the cluster really is: /var/lib/keyward when PostgreSQL's user cannot reach the wanted place. */
  dataDir: string;
  /** Resolves with the reason once the server is gone, asked for or not. */
  exited: Promise<string>;
  /** Shuts the server down (fast mode) and waits until it is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  dataDir: string;
  port?: number;
  password?: string;
  /** Server settings on top of ours, e.g. `{ fsync: "off" }`. */
  flags?: Record<string, string>;
  log?: (line: string) => void;
}

export function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres>;

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number>;
