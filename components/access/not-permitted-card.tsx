import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { type Permission, permissions } from "@/server/core/permissions";

interface NotPermittedCardProps {
  title: string;
  /** What the reader would need. */
  permission: Permission;
}

/** In the place of a section the reader may not see. */
export function NotPermittedCard({ title, permission }: NotPermittedCardProps) {
  return (
    <Card title={title} isFlush>
      <EmptyState
        kind="not-permitted"
        title="Your roles do not show you this"
        description={`It needs the permission “${permissions[permission]}”.`}
      />
    </Card>
  );
}
