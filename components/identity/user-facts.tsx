import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { User } from "@/server/modules/identity/schema";
import { RoleBadges } from "./role-badges";
import { UserStatusDot } from "./user-status";

/** Who a user is. */
export function UserFacts({ user }: { user: User }) {
  return (
    <Card title="Profile">
      <DescriptionList
        items={[
          { label: "User name", value: user.username },
          { label: "Name", value: user.displayName },
          { label: "E-mail", value: user.email },
          { label: "Status", value: <UserStatusDot status={user.status} /> },
          { label: "Roles", value: <RoleBadges roles={user.roles} /> },
          { label: "Second factor", value: user.twoFactorEnabled ? "On" : "Off" },
          { label: "Last sign-in", value: <Time value={user.lastLoginAt} /> },
          { label: "Created", value: <Time value={user.createdAt} format="absolute" /> },
        ]}
      />
    </Card>
  );
}
