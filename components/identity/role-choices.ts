import type { Choice } from "@/components/form/choices-field";
import type { Role } from "@/server/modules/identity/schema";

/** The roles as choices of a form, each with what it is for. */
export const roleChoices = (roles: readonly Role[]): Choice[] =>
  roles.map(({ name, description }) => ({ value: name, label: name, description: description ?? undefined }));
