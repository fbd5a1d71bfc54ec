"use client";

import { Combobox } from "@base-ui/react/combobox";
import { Check, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useController } from "react-hook-form";
import { FieldDescription, FieldMessage, useFieldError } from "./field";
import { problemOf } from "./problem";

export interface Found {
  id: string;
  name: string;
  /** What tells it from others of that name. */
  detail?: string;
}

type Search = (q: string | undefined) => Promise<{ rows: readonly Found[]; total: number }>;

interface FoundFieldProps {
  name: string;
  label: string;
  description?: string;
  /** What an empty field means: "Nobody". */
  placeholder: string;
  /** What the field holds at first, when it holds something. */
  initial?: Found | null;
  /** Asks the server; by a function that stays the same. */
  search: Search;
  /** What to say when nothing is found: "Nobody matches". */
  none: string;
}

/** One of very many, found by typing part of the name; the form holds the id, or `null`. */
export function FoundField({ name, label, description, placeholder, initial = null, ...asking }: FoundFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const { field } = useController({ name });
  const [chosen, setChosen] = useState(initial);
  const { found, status, search } = useSearch(asking);
  const describedBy = [description ? `${id}-description` : null, error ? `${id}-error` : null].filter(Boolean);
  return (
    <Combobox.Root
      items={withChosen(found, chosen)}
      filter={null}
      value={chosen}
      onValueChange={(one) => {
        setChosen(one);
        field.onChange(one?.id ?? null);
      }}
      onInputValueChange={(text, { reason }) => {
        if (reason !== "item-press") search(text);
      }}
      onOpenChange={(isOpen) => {
        if (isOpen) search("");
      }}
      itemToStringLabel={({ name: text }: Found) => text}
      isItemEqualToValue={(one: Found, other: Found) => one.id === other.id}
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
            {(one: Found) => (
              <Combobox.Item key={one.id} value={one} className="menu-item">
                <span className="min-w-0 flex-1 truncate">
                  {one.name}
                  {one.detail ? <span className="text-muted"> {one.detail}</span> : null}
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

function withChosen(found: readonly Found[], chosen: Found | null): Found[] {
  return chosen && !found.some(({ id }) => id === chosen.id) ? [...found, chosen] : [...found];
}

const DELAY_MS = 200;

/** Asks the server 200 ms after the last key; an answer that another question overtook is dropped. */
function useSearch({ search: find, none }: { search: Search; none: string }) {
  const [found, setFound] = useState<readonly Found[]>([]);
  const [status, setStatus] = useState<string | null>("Searching…");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = async (q: string) => {
    asked.current += 1;
    const number = asked.current;
    try {
      const { rows, total } = await find(q || undefined);
      if (number !== asked.current) return;
      setFound(rows);
      setStatus(rows.length === 0 ? none : total > rows.length ? "Type to find others" : null);
    } catch (error) {
      if (number === asked.current) setStatus(problemOf(error).message);
    }
  };
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void ask(text.trim()), DELAY_MS);
  };
  return { found, status, search };
}
