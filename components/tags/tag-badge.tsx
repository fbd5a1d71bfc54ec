import { Badge } from "@/components/ui/badge";
import type { TagLabel } from "@/server/modules/tags/schema";

/** A tag's colour as a dot; decoration, the name says which tag it is. */
export function TagDot({ color }: { color: string }) {
  return <svg aria-hidden color={color} className="tag-dot" />;
}

export function TagBadge({ tag }: { tag: Omit<TagLabel, "id"> }) {
  return <Badge icon={<TagDot color={tag.color} />}>{tag.name}</Badge>;
}

/** The first tags in one line, and how many more there are. */
export function TagList({ tags, max = 2 }: { tags: readonly TagLabel[]; max?: number }) {
  if (tags.length === 0) return <span className="text-muted">—</span>;
  const rest = tags.slice(max);
  return (
    <span className="tag-list">
      {tags.slice(0, max).map((tag) => (
        <TagBadge key={tag.id} tag={tag} />
      ))}
      {rest.length > 0 ? (
        <span title={rest.map(({ name }) => name).join(", ")} className="text-xs leading-5 text-muted">
          +{rest.length}
          <span className="sr-only"> more: {rest.map(({ name }) => name).join(", ")}</span>
        </span>
      ) : null}
    </span>
  );
}

/** All the tags, on as many lines as they take. */
export function TagBadges({ tags }: { tags: readonly TagLabel[] }) {
  if (tags.length === 0) return null;
  return (
    <span className="inline-flex max-w-full flex-wrap gap-1">
      {tags.map((tag) => (
        <TagBadge key={tag.id} tag={tag} />
      ))}
    </span>
  );
}
