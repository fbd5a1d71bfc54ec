"use client";

import { Combobox } from "@base-ui/react/combobox";
import { Check } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { problemOf } from "@/components/form/problem";
import { trpc } from "@/components/trpc/client";

export interface FoundUser {
  id: string;
  username: string;
  displayName: string;
}

interface UserMatchesProps {
  /** What to say instead of, or below, those found. */
  status: string | null;
  /** What the list stands at; the input unless given. */
  anchor?: RefObject<HTMLElement | null>;
}

/** Those found, below the field they were asked for in. */
export function UserMatches({ status, anchor }: UserMatchesProps) {
  return (
    <Combobox.Portal>
      <Combobox.Positioner anchor={anchor} sideOffset={6} className="z-50 outline-none">
        <Combobox.Popup className="popup max-h-(--available-height) w-(--anchor-width) overflow-y-auto p-1">
          <Combobox.Status className="px-2.5 text-muted not-empty:py-1.5">{status}</Combobox.Status>
          <Combobox.List>
            {(user: FoundUser) => (
              <Combobox.Item key={user.id} value={user} className="menu-item">
                <span className="min-w-0 flex-1 truncate">
                  {user.username}
                  {user.displayName ? <span className="text-muted"> {user.displayName}</span> : null}
                </span>
                <Combobox.ItemIndicator>
                  <Check aria-hidden className="size-4 text-accent-ink" />
                </Combobox.ItemIndicator>
              </Combobox.Item>
            )}
          </Combobox.List>
        </Combobox.Popup>
      </Combobox.Positioner>
    </Combobox.Portal>
  );
}

const DELAY_MS = 200;

/**
 * Asks the server 200 ms after the last key; an answer that another question overtook is dropped. Finds those who can
 * sign in, or everybody who is not gone for good.
 */
export function useUserSearch(who: "active" | "not-deactivated" = "active") {
  const [users, setUsers] = useState<readonly FoundUser[]>([]);
  const [status, setStatus] = useState<string | null>("Searching…");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = async (q: string) => {
    asked.current += 1;
    const number = asked.current;
    try {
      const status = who === "active" ? who : undefined;
      const { rows, total } = await trpc.users.list.query({ q: q || undefined, size: 20, status });
      if (number !== asked.current) return;
      setUsers(rows.filter((user) => user.status !== "deactivated"));
      setStatus(rows.length === 0 ? "Nobody matches" : total > rows.length ? "Type to find others" : null);
    } catch (error) {
      if (number === asked.current) setStatus(problemOf(error).message);
    }
  };
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void ask(text.trim()), DELAY_MS);
  };
  return { users, status, search };
}
