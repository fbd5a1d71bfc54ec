"use client";

import { Combobox } from "@base-ui/react/combobox";
import { Check, X } from "lucide-react";
import { useId, useState } from "react";
import { useController } from "react-hook-form";
import { FieldDescription, FieldMessage, useFieldError } from "@/components/form/field";
import { useLookup } from "@/components/form/use-lookup";
import { trpc } from "@/components/trpc/client";

export interface FoundUser {
  id: string;
  username: string;
  displayName: string;
}

interface UserFieldProps {
  name: string;
  label: string;
  description?: string;
  /** What an empty field means: "Nobody". */
  placeholder: string;
  /** Who the field holds at first, when it holds somebody. */
  initial?: FoundUser | null;
}

/** One user, found by typing part of the name; the form holds the id, or `null`. Needs the permission `user.read`. */
export function UserField({ name, label, description, placeholder, initial = null }: UserFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const { field } = useController({ name });
  const [chosen, setChosen] = useState(initial);
  const { items: users, status, search } = useLookup<FoundUser>(findUsers);
  const describedBy = [description ? `${id}-description` : null, error ? `${id}-error` : null].filter(Boolean);
  return (
    <Combobox.Root
      items={withChosen(users, chosen)}
      filter={null}
      value={chosen}
      onValueChange={(user) => {
        setChosen(user);
        field.onChange(user?.id ?? null);
      }}
      onInputValueChange={(text, { reason }) => {
        if (reason !== "item-press") search(text);
      }}
      onOpenChange={(isOpen) => {
        if (isOpen) search("");
      }}
      itemToStringLabel={({ username }: FoundUser) => username}
      isItemEqualToValue={(one: FoundUser, other: FoundUser) => one.id === other.id}
    >
      <div>
        <label htmlFor={id} className="mb-1 block font-medium">
          {label}
        </label>
        <div className="relative">
          <Combobox.Input
            id={id}
            // While the list is open, what is outside of it is hidden, and the label with it.
            aria-label={label}
            placeholder={placeholder}
            autoComplete="off"
            aria-invalid={Boolean(error)}
            aria-describedby={describedBy.join(" ") || undefined}
            onBlur={field.onBlur}
            className="field-control h-8 pe-8"
          />
          <Combobox.Clear
            aria-label={`Clear ${label.toLowerCase()}`}
            className="absolute end-1 top-1/2 flex size-6 -translate-y-1/2 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </Combobox.Clear>
        </div>
        <Matches status={status} />
        {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
        {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
      </div>
    </Combobox.Root>
  );
}

function Matches({ status }: { status: string | null }) {
  return (
    <Combobox.Portal>
      <Combobox.Positioner sideOffset={6} className="z-50 outline-none">
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

function withChosen(users: readonly FoundUser[], chosen: FoundUser | null): FoundUser[] {
  return chosen && !users.some(({ id }) => id === chosen.id) ? [...users, chosen] : [...users];
}

async function findUsers(q: string) {
  const { rows, total } = await trpc.users.list.query({ q: q || undefined, size: 20, status: "active" });
  const status = rows.length === 0 ? "Nobody matches" : total > rows.length ? "Type to find others" : null;
  return { items: rows, status };
}
