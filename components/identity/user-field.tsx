"use client";

import type { ComponentProps } from "react";
import { FoundField } from "@/components/form/found-field";
import { trpc } from "@/components/trpc/client";
import type { FoundUser } from "./user-search";

interface UserFieldProps extends Omit<ComponentProps<typeof FoundField>, "search" | "none" | "initial"> {
  /** Who the field holds at first, when it holds somebody. */
  initial?: FoundUser | null;
}

const named = ({ id, username, displayName }: FoundUser) => ({ id, name: username, detail: displayName });

async function findUsers(q: string | undefined) {
  const { rows, total } = await trpc.users.list.query({ q, size: 20, status: "active" });
  return { rows: rows.map(named), total };
}

/** One user, found by typing part of the name. Needs the permission `user.read`. */
export function UserField({ initial, ...props }: UserFieldProps) {
  return <FoundField {...props} initial={initial ? named(initial) : null} search={findUsers} none="Nobody matches" />;
}
