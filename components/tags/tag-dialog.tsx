"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useController } from "react-hook-form";
import { useReasonAgainst } from "@/components/access/can";
import { TextareaField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { CreateTag, type Tag, tagColors } from "@/server/modules/tags/schema";
import { TagDot } from "./tag-badge";

const colorNames: Readonly<Record<CreateTag["color"], string>> = {
  "#64748b": "Grey",
  "#dc2626": "Red",
  "#ea580c": "Orange",
  "#ca8a04": "Yellow",
  "#16a34a": "Green",
  "#0891b2": "Teal",
  "#2563eb": "Blue",
  "#9333ea": "Purple",
};

/** One of the colours, by name: nobody has to tell them apart by eye. */
function ColorField() {
  const { field } = useController<Record<string, string>>({ name: "color" });
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Colour</legend>
      <div className="grid grid-cols-2 gap-1 sm:grid-cols-4">
        {tagColors.map((color) => (
          <label
            key={color}
            className="flex min-h-8 items-center gap-2 rounded-md border border-line px-2 has-checked:border-accent-ink has-checked:bg-accent-subtle has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-ink"
          >
            <input
              type="radio"
              name={field.name}
              value={color}
              checked={field.value === color}
              onChange={() => field.onChange(color)}
              className="size-4 accent-accent"
            />
            <TagDot color={color} />
            {colorNames[color]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const known = (color: string): CreateTag["color"] => tagColors.find((each) => each === color) ?? tagColors[0];

interface TagDialogProps {
  /** The tag to change; a new one without. */
  tag: Tag | null;
  onClose: () => void;
}

function TagDialog({ tag, onClose }: TagDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: CreateTag,
    defaultValues: {
      name: tag?.name ?? "",
      color: known(tag?.color ?? ""),
      description: tag?.description ?? "",
    },
    submit: (values) => (tag ? trpc.tags.update.mutate({ id: tag.id, ...values }) : trpc.tags.create.mutate(values)),
    onDone: ({ name }) => {
      toast({ title: tag ? `Tag ${name} changed` : `Tag ${name} created` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={tag ? `Edit the tag ${tag.name}` : "Create tag"}
      description={
        tag && tag.devices > 0
          ? `${tag.devices.toLocaleString("en-GB")} devices carry it and see a new name.`
          : undefined
      }
      submitLabel={tag ? "Save" : "Create tag"}
      onClose={onClose}
    >
      <TextField name="name" label="Name" autoComplete="off" autoFocus maxLength={60} />
      <ColorField />
      <TextareaField name="description" label="Description" description="What the devices have in common." />
    </FormDialog>
  );
}

/** The dialog and what opens it, for a new tag (`null`) or for one there is. */
export function useTagDialog() {
  const [state, setState] = useState<{ tag: Tag | null } | null>(null);
  return {
    open: (tag: Tag | null) => setState({ tag }),
    dialog: state ? <TagDialog tag={state.tag} onClose={() => setState(null)} /> : null,
  };
}

/** Creates a tag, for those who may. */
export function TagDialogButton() {
  const { open, dialog } = useTagDialog();
  const reason = useReasonAgainst("tag.create");
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => open(null)}>
        Create tag
      </Button>
      {dialog}
    </>
  );
}
