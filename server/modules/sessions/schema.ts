import { z } from "zod";
import { SessionId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

/** What the sign-in form sends; NextAuth posts it as form fields. */
export const SignIn = z.object({
  username: z.string().trim().min(1, "Enter your user name or e-mail address.").max(254),
  password: z.string().min(1, "Enter your password.").max(1024),
  remember: z.union([z.boolean(), z.stringbool()]).default(false),
});
export type SignIn = z.infer<typeof SignIn>;

export const sessionStates = ["active", "expired", "revoked"] as const;

/** A session as its owner or an administrator sees it. */
export const Session = z.object({
  id: SessionId,
  userId: UserId,
  username: z.string(),
  deviceType: z.string().nullable(),
  deviceOs: z.string().nullable(),
  deviceBrowser: z.string().nullable(),
  ipAddress: z.string().nullable(),
  country: z.string().nullable(),
  city: z.string().nullable(),
  assuranceLevel: z.number().int(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  idleExpiresAt: z.date(),
  expiresAt: z.date(),
  revokedAt: z.date().nullable(),
  revokeReason: z.string().nullable(),
  isCurrent: z.boolean(),
  state: z.enum(sessionStates),
});
export type Session = z.infer<typeof Session>;

export const ListSessions = PageFilter.extend({
  sort: z.enum(["lastSeenAt", "createdAt"]).default("lastSeenAt"),
  direction: z.enum(["asc", "desc"]).default("desc"),
  /** Those that are active, unless asked otherwise. */
  state: z.enum([...sessionStates, "all"]).optional(),
  userId: UserId.optional(),
});
export type ListSessions = z.infer<typeof ListSessions>;

export const SessionPage = pageOf(Session);

export const SessionById = z.object({ id: SessionId });
export const SessionsOfUser = z.object({ userId: UserId });
export const RevokedCount = z.object({ revoked: z.number().int() });
