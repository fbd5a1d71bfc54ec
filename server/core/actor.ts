import type { ApiKeyId, DeviceId, SessionId, UserId } from "./ids";
import type { Permission } from "./permissions";

declare const minted: unique symbol;

/** A signed-in user, as the authority found them for this request. Only `server/auth/authority.ts` makes one. */
export interface UserActor {
  readonly kind: "user";
  readonly [minted]?: true;
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** Of the access token that was presented. */
  readonly generation: number;
  readonly username: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
  /** 1 = password, 2 = with a second factor. */
  readonly assuranceLevel: number;
  readonly authenticatedAt: Date;
}

/** A program with an API key; only `server/http/api-key.ts` makes one, anew at every request. */
export interface ApiKeyActor {
  readonly kind: "api_key";
  readonly apiKeyId: ApiKeyId;
  readonly name: string;
  /** The key's owner, for whom the program acts. */
  readonly userId: UserId;
  /** The key's scopes, as far as its owner holds them at this moment. */
  readonly permissions: ReadonlySet<Permission>;
}

/** A device whose key signed this request; made by the agent pipeline after the signature held. */
export interface DeviceActor {
  readonly kind: "device";
  readonly deviceId: DeviceId;
  readonly deviceName: string;
  /** RFC 7638 thumbprint of the key that signed. */
  readonly thumbprint: string;
  /** The signature's nonce, to be used up by what it changes. */
  readonly nonce: string;
}

/** Keyward itself: jobs, set-up, the sign-in handshake before anyone is known. */
export interface SystemActor {
  readonly kind: "system";
  readonly name: string;
}

export interface AnonymousActor {
  readonly kind: "anonymous";
}

export type Actor = UserActor | ApiKeyActor | DeviceActor | SystemActor | AnonymousActor;

/** The person an actor is or acts for, if there is one. */
export const personOf = (actor: Actor): UserId | null =>
  actor.kind === "user" || actor.kind === "api_key" ? actor.userId : null;

/** Where a request came from, for the audit log and the limits. */
export interface RequestMeta {
  readonly id: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly source: "web" | "api" | "agent" | "system";
}
