import { z } from "zod";
import { TagId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

export const TagName = z
  .string()
  .trim()
  .min(1, "Give the tag a name.")
  .max(60, "At most 60 characters.")
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._:/-]*$/u,
    "Start with a letter or digit; then letters, digits, spaces and . _ : / - are fine.",
  );

export const Tag = z.object({
  id: TagId,
  name: z.string(),
  color: z.string(),
  description: z.string(),
  devices: z.number().int(),
  /** Enrolment tokens that can still be used and give it. */
  tokens: z.number().int(),
  createdAt: z.date(),
});
export type Tag = z.infer<typeof Tag>;

export const TagPage = pageOf(Tag);
export type TagPage = z.infer<typeof TagPage>;

export const ListTags = PageFilter.extend({ sort: z.enum(["name", "createdAt"]).default("name") });
export type ListTags = z.infer<typeof ListTags>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const tagDirection = ({ sort, direction }: Pick<ListTags, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");

export const tagColors = [
  "#64748b",
  "#dc2626",
  "#ea580c",
  "#ca8a04",
  "#16a34a",
  "#0891b2",
  "#2563eb",
  "#9333ea",
] as const;

export const CreateTag = z.object({
  name: TagName,
  color: z.enum(tagColors).default("#64748b"),
  description: z.string().trim().max(300, "At most 300 characters.").default(""),
});
export type CreateTag = z.infer<typeof CreateTag>;
export const UpdateTag = CreateTag.extend({ id: TagId });
export const TagById = z.object({ id: TagId });

/** A tag as it stands beside something that carries it. */
export const TagLabel = z.object({ id: TagId, name: z.string(), color: z.string() });
export type TagLabel = z.infer<typeof TagLabel>;

export const TagLabels = z.array(TagLabel);
