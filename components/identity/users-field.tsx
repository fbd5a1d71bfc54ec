"use client";

import { Combobox } from "@base-ui/react/combobox";
import { X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useController } from "react-hook-form";
import { FieldDescription, FieldMessage, useFieldError } from "@/components/form/field";
import { type FoundUser, UserMatches, useUserSearch } from "./user-search";

interface UsersFieldProps {
  name: string;
  label: string;
  description?: string;
}

/** Any number of users, found by typing part of a name; the form holds their ids. Needs the permission `user.read`. */
export function UsersField({ name, label, description }: UsersFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const { field } = useController({ name });
  const [chosen, setChosen] = useState<FoundUser[]>([]);
  const { users, status, search } = useUserSearch("not-deactivated");
  const box = useRef<HTMLDivElement>(null);
  const describedBy = [description ? `${id}-description` : null, error ? `${id}-error` : null].filter(Boolean);
  return (
    <Combobox.Root
      multiple
      items={users}
      filter={null}
      value={chosen}
      onValueChange={(next, details) => {
        // Escape is for the dialog around it: nobody expects it to throw away all that was chosen.
        if (details.reason === "escape-key") {
          details.cancel();
          details.allowPropagation();
          return;
        }
        setChosen(next);
        field.onChange(next.map((user) => user.id));
      }}
      onInputValueChange={(text) => search(text)}
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
        <Combobox.Chips ref={box} className="flex flex-wrap items-center gap-1">
          {chosen.map((user) => (
            <ChosenUser key={user.id} user={user} />
          ))}
          <Combobox.Input
            id={id}
            // While the list is open, what is outside of it is hidden, and the label with it.
            aria-label={label}
            placeholder="Type part of a name"
            autoComplete="off"
            autoFocus
            aria-invalid={Boolean(error)}
            aria-describedby={describedBy.join(" ") || undefined}
            onBlur={field.onBlur}
            className="field-control h-8"
          />
        </Combobox.Chips>
        <UserMatches status={status} anchor={box} />
        {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
        {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
      </div>
    </Combobox.Root>
  );
}

function ChosenUser({ user: { username } }: { user: FoundUser }) {
  return (
    <Combobox.Chip
      aria-label={username}
      className="inline-flex min-w-0 items-center gap-1 rounded-md border border-line bg-sunken ps-2 text-ink"
    >
      <span className="truncate">{username}</span>
      <Combobox.ChipRemove
        aria-label={`Leave ${username} out`}
        className="flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink"
      >
        <X aria-hidden className="size-4" />
      </Combobox.ChipRemove>
    </Combobox.Chip>
  );
}
