import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { DeviceAllowance } from "@/server/modules/devices/schema";
import type { User } from "@/server/modules/identity/schema";
import { DeviceLimit } from "./device-limit";
import { RoleBadges } from "./role-badges";
import { UserStatusDot } from "./user-status";

/** Who a user is. */
export function UserFacts({ user, allowance }: { user: User; allowance: DeviceAllowance }) {
  return (
    <Card title="Profile">
      <DescriptionList
        items={[
          { label: "User name", value: user.username },
          { label: "Name", value: user.displayName },
          { label: "E-mail", value: user.email },
          { label: "Status", value: <UserStatusDot status={user.status} /> },
          { label: "Roles", value: <RoleBadges roles={user.roles} /> },
          { label: "Devices", value: <DeviceLimit user={user} allowance={allowance} /> },
          { label: "Second factor", value: user.twoFactorEnabled ? "On" : "Off" },
          { label: "Last sign-in", value: <Time value={user.lastLoginAt} /> },
          { label: "Created", value: <Time value={user.createdAt} format="absolute" /> },
        ]}
      />
    </Card>
  );
}
