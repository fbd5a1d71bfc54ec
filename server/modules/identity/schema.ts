import { z } from "zod";
import { userStatuses } from "@/db/enums";
import { SessionId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

export const PASSWORD_MIN = 15;
export const PASSWORD_MAX = 1024;

const Username = z
  .string()
  .trim()
  .min(1, "Enter a user name.")
  .max(50, "At most 50 characters.")
  .regex(
    /^[a-z0-9][a-z0-9._-]*$/i,
    "Use letters, digits, dots, dashes and underscores, starting with a letter or digit.",
  );

const Email = z.email("Enter an e-mail address like name@example.com.").max(254);

/** A password someone chooses: long, taken exactly as typed, without rules about its characters. */
export const NewPassword = z
  .string()
  .min(PASSWORD_MIN, `Use at least ${PASSWORD_MIN} characters; a sentence is easy to remember.`)
  .max(PASSWORD_MAX, `Use at most ${PASSWORD_MAX} characters.`);

export const RoleName = z.string().min(1).max(60);

export const User = z.object({
  id: UserId,
  username: z.string(),
  email: z.string().nullable(),
  displayName: z.string(),
  status: z.enum(userStatuses),
  roles: z.array(z.string()),
  twoFactorEnabled: z.boolean(),
  activeSessions: z.number().int(),
  devices: z.number().int(),
  lastLoginAt: z.date().nullable(),
  createdAt: z.date(),
});
export type User = z.infer<typeof User>;

export const UserPage = pageOf(User);

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const userDirection = ({ sort, direction }: Pick<ListUsers, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "username" ? "asc" : "desc");

export const ListUsers = PageFilter.extend({
  sort: z.enum(["username", "createdAt", "lastLoginAt"]).default("username"),
  status: z.enum(userStatuses).optional(),
  role: RoleName.optional(),
});
export type ListUsers = z.infer<typeof ListUsers>;

export const UserById = z.object({ id: UserId });

/** An e-mail address that may stay empty, as a form sends it. */
const OptionalEmail = z.union([z.literal("").transform(() => null), Email.nullable()]);

const DisplayName = z.string().trim().max(120, "At most 120 characters.");

export const CreateUser = z.object({
  username: Username,
  email: OptionalEmail.default(null),
  displayName: DisplayName.default(""),
  roles: z.array(RoleName).max(20).default(["user"]),
});
export type CreateUser = z.infer<typeof CreateUser>;

/** A one-time link, shown once to whoever asked for it. */
export const PasswordLink = z.object({ userId: UserId, username: z.string(), url: z.string(), expiresAt: z.date() });
export type PasswordLink = z.infer<typeof PasswordLink>;

export const ChangeRoles = z.object({ id: UserId, roles: z.array(RoleName).max(20) });

export const Role = z.object({ name: z.string(), description: z.string().nullable(), isSystem: z.boolean() });
export type Role = z.infer<typeof Role>;

/** The signed-in user, for the shell and for programs. */
export const Me = z.object({
  userId: UserId,
  sessionId: SessionId,
  username: z.string(),
  displayName: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
});
export type Me = z.infer<typeof Me>;

export const Profile = z.object({ displayName: z.string(), email: z.string().nullable() });
export type Profile = z.infer<typeof Profile>;

/** What people may change of themselves. */
export const UpdateProfile = z.object({ displayName: DisplayName, email: OptionalEmail });

export const ChangePassword = z.object({
  currentPassword: z.string().min(1, "Enter your current password.").max(PASSWORD_MAX),
  newPassword: NewPassword,
});

export const ConfirmPassword = z.object({
  password: z.string().min(1, "Enter your password.").max(PASSWORD_MAX),
});

export const StartedSession = z.object({ sessionId: SessionId, userId: UserId });

const Secret = z.string().min(20, "The link is not complete.").max(100);

export const ChoosePassword = z.object({ token: Secret, password: NewPassword });

export const CreateFirstAdmin = z.object({
  token: Secret,
  username: Username,
  email: OptionalEmail.default(null),
  password: NewPassword,
});
export type CreateFirstAdmin = z.infer<typeof CreateFirstAdmin>;

export const SetupState = z.object({ isSetUp: z.boolean() });
export const SignInName = z.object({ username: z.string() });
