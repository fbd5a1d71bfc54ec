"use client";

import { CalendarClock, ChevronDown, PencilLine, Tags, UserRound } from "lucide-react";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import type { DeviceDetail } from "@/server/modules/devices/schema";
import type { TagLabel } from "@/server/modules/tags/schema";
import { ActionIcon } from "./action-icon";
import { reasonAgainstExpiry } from "./device-expiry";
import { DeviceExpiryDialog } from "./device-expiry-dialog";
import { DeviceOwnerDialog } from "./device-owner-dialog";
import { DeviceTagsDialog } from "./device-tags-dialog";
import { RenameDeviceDialog } from "./rename-device-dialog";
import { useDeviceActions } from "./use-device-actions";

interface DeviceActionBarProps {
  device: DeviceDetail;
  tags: readonly TagLabel[] | null;
}

/** What can be done with this device in its state, and what of it can be changed. */
export function DeviceActionBar({ device, tags }: DeviceActionBarProps) {
  const { offered, isBusy } = useDeviceActions();
  return (
    <>
      <EditMenu device={device} tags={tags} />
      {offered(device).map(({ key, label, look, disabledReason, start }) => (
        <Button
          key={key}
          variant={look ?? "secondary"}
          icon={<ActionIcon action={key} />}
          isBusy={isBusy}
          disabledReason={disabledReason}
          onClick={start}
        >
          {label}
        </Button>
      ))}
    </>
  );
}

type Editor = "name" | "tags" | "owner" | "expiry";

function EditMenu({ device, tags }: DeviceActionBarProps) {
  const [editor, setEditor] = useState<Editor | null>(null);
  const reason = useReasonAgainst("device.update");
  const noTags = useReasonAgainst("tag.read");
  const noUsers = useReasonAgainst("user.read");
  const noExpiry = useReasonAgainst("device.suspend") ?? reasonAgainstExpiry(device);
  const close = () => setEditor(null);
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button>
            Edit
            <ChevronDown aria-hidden />
          </Button>
        }
      >
        <MenuItem icon={<PencilLine aria-hidden />} disabledReason={reason} onSelect={() => setEditor("name")}>
          Rename
        </MenuItem>
        <MenuItem icon={<Tags aria-hidden />} disabledReason={reason ?? noTags} onSelect={() => setEditor("tags")}>
          Set tags
        </MenuItem>
        <MenuItem
          icon={<UserRound aria-hidden />}
          disabledReason={reason ?? noUsers}
          onSelect={() => setEditor("owner")}
        >
          Change owner
        </MenuItem>
        <MenuItem icon={<CalendarClock aria-hidden />} disabledReason={noExpiry} onSelect={() => setEditor("expiry")}>
          Change when it leaves
        </MenuItem>
      </Menu>
      {editor === "name" ? <RenameDeviceDialog device={device} onClose={close} /> : null}
      {editor === "tags" ? <DeviceTagsDialog device={device} tags={tags ?? []} onClose={close} /> : null}
      {editor === "owner" ? <DeviceOwnerDialog device={device} onClose={close} /> : null}
      {editor === "expiry" ? <DeviceExpiryDialog device={device} onClose={close} /> : null}
    </>
  );
}
