"use client";

import { useId, useState } from "react";
import { useController } from "react-hook-form";
import { FieldDescription, FieldMessage, useFieldError } from "@/components/form/field";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import type { TagLabel } from "@/server/modules/tags/schema";
import { TagDot } from "./tag-badge";

/** With more tags than this, typing narrows them. */
const FILTERED_FROM = 8;

interface TagsFieldProps {
  name: string;
  label: string;
  description?: string;
  tags: readonly TagLabel[];
}

/** Any of the tags; the form holds the list of their ids. Those chosen stand first and stay in sight. */
export function TagsField({ name, label, description, tags }: TagsFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const { field } = useController<Record<string, string[]>>({ name });
  const [text, setText] = useState("");
  // Ordered once, so that a row does not jump away from under the pointer that ticked it.
  const [ordered] = useState(() => chosenFirst(tags, field.value));
  const shown = ordered.filter((tag) => tag.name.toLowerCase().includes(text.trim().toLowerCase()));
  const toggle = (tag: string, isOn: boolean) =>
    field.onChange(isOn ? [...field.value, tag] : field.value.filter((each) => each !== tag));
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">{label}</legend>
      {tags.length > FILTERED_FROM ? (
        <Input
          aria-label="Narrow the tags"
          placeholder="Narrow the tags"
          autoComplete="off"
          className="mb-1.5"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : null}
      <div className="max-h-44 overflow-y-auto rounded-md border border-line px-1.5 py-1">
        {shown.map((tag) => (
          <label
            key={tag.id}
            htmlFor={`${id}-${tag.id}`}
            className="flex min-h-7 items-center gap-1.5 rounded px-1 hover:bg-hover"
          >
            <Checkbox
              id={`${id}-${tag.id}`}
              checked={field.value.includes(tag.id)}
              onChange={(event) => toggle(tag.id, event.target.checked)}
              onBlur={field.onBlur}
            />
            <TagDot color={tag.color} />
            <span className="min-w-0 break-words">{tag.name}</span>
          </label>
        ))}
        {shown.length === 0 ? (
          <p className="px-1 py-1 text-muted">{tags.length === 0 ? "There are no tags yet." : "No tag matches."}</p>
        ) : null}
      </div>
      <p role="status" className="sr-only">
        {field.value.length} chosen
      </p>
      {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
      {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
    </fieldset>
  );
}

function chosenFirst(tags: readonly TagLabel[], chosen: readonly string[]): TagLabel[] {
  return [...tags].sort((a, b) => Number(chosen.includes(b.id)) - Number(chosen.includes(a.id)));
}
