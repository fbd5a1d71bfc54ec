"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { Permission } from "@/server/core/permissions";

const PermissionsContext = createContext<ReadonlySet<Permission>>(new Set());

interface PermissionsProviderProps {
  permissions: readonly Permission[];
  children: ReactNode;
}

/** What the signed-in person may do, for what merely looks different; the server decides each time anew. */
export function PermissionsProvider({ permissions, children }: PermissionsProviderProps) {
  return <PermissionsContext value={new Set(permissions)}>{children}</PermissionsContext>;
}

/** All that the signed-in person may do. */
export const usePermissions = (): ReadonlySet<Permission> => useContext(PermissionsContext);

/** Whether the signed-in person has a permission. */
export function useCan(permission: Permission): boolean {
  return useContext(PermissionsContext).has(permission);
}

/** Why a control is off for this person, for `disabledReason`; `null` when it is not. */
export function useReasonAgainst(permission: Permission): string | null {
  return useCan(permission) ? null : "Your roles do not allow this";
}
