"use client";

import { useState } from "react";
import { useFormContext } from "react-hook-form";
import { NarrowedChoice, NarrowedField } from "@/components/form/narrowed-field";
import type { TagLabel } from "@/server/modules/tags/schema";
import { TagDot } from "./tag-badge";

interface TagsFieldProps {
  name: string;
  label: string;
  description?: string;
  tags: readonly TagLabel[];
}

/** Any of the tags; the form holds the list of their ids. Those chosen stand first and stay in sight. */
export function TagsField({ tags, ...props }: TagsFieldProps) {
  const { getValues } = useFormContext<Record<string, string[]>>();
  // Ordered once, so that a row does not jump away from under the pointer that ticked it.
  const [ordered] = useState(() => chosenFirst(tags, getValues(props.name)));
  return (
    <NarrowedField {...props} things="tags" count={tags.length}>
      {(typed) => {
        const shown = ordered.filter((tag) => tag.name.toLowerCase().includes(typed));
        if (shown.length === 0) return <p className="px-1 py-1 text-muted">{noneText(tags)}</p>;
        return (
          <div>
            {shown.map(({ id, name, color }) => (
              <NarrowedChoice key={id} value={id}>
                <TagDot color={color} />
                <span className="min-w-0 break-words">{name}</span>
              </NarrowedChoice>
            ))}
          </div>
        );
      }}
    </NarrowedField>
  );
}

const noneText = (tags: readonly TagLabel[]) => (tags.length === 0 ? "There are no tags yet." : "No tag matches.");

function chosenFirst(tags: readonly TagLabel[], chosen: readonly string[]): TagLabel[] {
  return [...tags].sort((a, b) => Number(chosen.includes(b.id)) - Number(chosen.includes(a.id)));
}
