"use client";

import { List, Lock, LockOpen, Scaling, UserRoundPen } from "lucide-react";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import type { RowAction } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { Pool } from "@/server/modules/addresses/schema";
import { AssignDialog } from "./assign-dialog";
import { ReserveDialog, ResizeDialog } from "./pool-dialogs";

type Asked = { pool: Pool; what: "resize" | "reserve" | "assign" } | null;

const dialogs = { resize: ResizeDialog, reserve: ReserveDialog, assign: AssignDialog };

/** What can be done with a pool, and the dialog of what was chosen. */
export function usePoolActions() {
  const [asked, setAsked] = useState<Asked>(null);
  const confirm = useConfirm();
  const disabledReason = useReasonAgainst("address.update");
  const noDevices = useReasonAgainst("device.read");
  const { run } = useAction((id: string, range: string) => trpc.addresses.unreserve.mutate({ id, range }), {
    success: ({ cidr }) => `${cidr} hands out that range again`,
  });
  const unreserve = ({ id, cidr }: Pool, range: string) =>
    void confirm({
      title: `Hand out ${range} again?`,
      impact: `Devices then get addresses of it from ${cidr}. What was assigned by hand stays.`,
      confirmLabel: "Hand out",
      tone: "primary",
      run: () => run(id, range),
    });
  const actionsFor = (pool: Pool): RowAction[] => [
    {
      key: "list",
      label: "Show allocations",
      icon: <List aria-hidden />,
      href: `/addresses/allocations?pool=${pool.id}`,
    },
    {
      key: "assign",
      label: "Assign an address",
      icon: <UserRoundPen aria-hidden />,
      disabledReason: disabledReason ?? noDevices,
      onSelect: () => setAsked({ pool, what: "assign" }),
    },
    {
      key: "resize",
      label: "Resize",
      icon: <Scaling aria-hidden />,
      disabledReason,
      onSelect: () => setAsked({ pool, what: "resize" }),
    },
    {
      key: "reserve",
      label: "Reserve a range",
      icon: <Lock aria-hidden />,
      disabledReason,
      onSelect: () => setAsked({ pool, what: "reserve" }),
    },
    ...pool.reserved.map((range) => ({
      key: range,
      label: `Hand out ${range} again`,
      icon: <LockOpen aria-hidden />,
      disabledReason,
      onSelect: () => unreserve(pool, range),
    })),
  ];
  const Dialog = asked ? dialogs[asked.what] : null;
  return { actionsFor, dialog: asked && Dialog ? <Dialog pool={asked.pool} onClose={() => setAsked(null)} /> : null };
}
