"use client";

import { Combobox } from "@base-ui/react/combobox";
import { useState } from "react";
import { useLookup } from "@/components/form/use-lookup";
import { trpc } from "@/components/trpc/client";
import type { FoundTarget } from "@/server/modules/policies/schema";

export type FoundKind = "user" | "device" | "group" | "tag";

interface TargetFinderProps {
  kind: FoundKind;
  label: string;
  placeholder: string;
  onFound: (target: FoundTarget) => void;
}

async function findTargets(type: FoundKind, q: string) {
  const items = await trpc.policies.findTargets.query({ type, q: q || undefined });
  const status = items.length === 0 ? "Nothing matches" : items.length === 20 ? "Type to find others" : null;
  return { items, status };
}

/** Finds one thing by typing part of its name, hands it over, and is empty again. */
export function TargetFinder({ kind, label, placeholder, onFound }: TargetFinderProps) {
  const { items, status, search } = useLookup<FoundTarget>((q) => findTargets(kind, q));
  const [text, setText] = useState("");
  return (
    <Combobox.Root
      items={items}
      filter={null}
      value={null}
      inputValue={text}
      onValueChange={(found: FoundTarget | null) => {
        if (found) onFound(found);
        setText("");
      }}
      onInputValueChange={(typed, { reason }) => {
        if (reason === "item-press") return;
        setText(typed);
        search(typed);
      }}
      onOpenChange={(isOpen) => {
        if (isOpen) search(text);
      }}
      itemToStringLabel={({ name }: FoundTarget) => name}
      isItemEqualToValue={(one: FoundTarget, other: FoundTarget) => one.id === other.id}
    >
      <Combobox.Input
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        className="field-control h-8 min-w-0 flex-1"
      />
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={6} className="z-50 outline-none">
          <Combobox.Popup className="popup max-h-(--available-height) w-(--anchor-width) overflow-y-auto p-1">
            <Combobox.Status className="px-2.5 text-muted not-empty:py-1.5">{status}</Combobox.Status>
            <Combobox.List>
              {(found: FoundTarget) => (
                <Combobox.Item key={found.id} value={found} className="menu-item">
                  <span className="min-w-0 flex-1 truncate">{found.name}</span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
