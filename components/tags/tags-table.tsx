"use client";

import { MonitorSmartphone, Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { ListTags, Tag, TagPage } from "@/server/modules/tags/schema";
import { TagBadge } from "./tag-badge";
import { TagDialogButton, useTagDialog } from "./tag-dialog";

const column = columnsFor<Tag>();

const columns = column.columns([
  column.accessor("name", {
    header: "Name",
    cell: ({ row: { original } }) => <TagBadge tag={original} />,
    meta: { sort: "name" },
  }),
  column.accessor("description", {
    header: "Description",
    cell: ({ getValue }) => getValue() || <span className="text-muted">—</span>,
    meta: { isWide: true },
  }),
  column.accessor("devices", {
    header: "Devices",
    cell: ({ row: { original } }) => <DeviceCount tag={original} />,
    meta: { align: "end" },
  }),
  column.accessor("tokens", { header: "Usable tokens", meta: { align: "end" } }),
  column.accessor("createdAt", {
    header: "Created",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt" },
  }),
]);

function DeviceCount({ tag }: { tag: Tag }) {
  const text = tag.devices.toLocaleString("en-GB");
  if (tag.devices === 0) return text;
  return (
    <Link href={`/devices?tag=${tag.id}`} prefetch={false} className="underline underline-offset-2">
      {text}
      <span className="sr-only"> devices with {tag.name}</span>
    </Link>
  );
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en-GB")} ${count === 1 ? noun : `${noun}s`}`;

/** What loses the tag when it goes. */
function removalImpact({ devices, tokens }: Tag): string {
  const carriers = [
    devices > 0 ? counted(devices, "device") : null,
    tokens > 0 ? counted(tokens, "enrolment token") : null,
  ].filter(Boolean);
  if (carriers.length === 0) return "Nothing carries it.";
  return `${carriers.join(" and ")} ${devices + tokens === 1 ? "loses" : "lose"} it. This cannot be undone.`;
}

function useRemoval() {
  const confirm = useConfirm();
  const { run } = useAction((tag: Tag) => trpc.tags.remove.mutate({ id: tag.id }), {
    success: ({ name }) => `Tag ${name} removed`,
  });
  return (tag: Tag) =>
    void confirm({
      title: `Remove the tag ${tag.name}?`,
      impact: removalImpact(tag),
      confirmLabel: "Remove tag",
      run: () => run(tag),
    });
}

interface TagsTableProps {
  page: TagPage;
  filter: ListTags;
}

/** All tags with what carries them. */
export function TagsTable({ page, filter }: TagsTableProps) {
  const { open, dialog } = useTagDialog();
  const remove = useRemoval();
  const noUpdate = useReasonAgainst("tag.update");
  const noRemove = useReasonAgainst("tag.remove");
  return (
    <>
      <DataTable<Tag>
        id="tags"
        label="Tags"
        columns={columns}
        {...page}
        filter={filter}
        searchLabel="Search name or description"
        rowActions={(tag) => [
          {
            key: "edit",
            label: "Edit",
            icon: <Pencil aria-hidden />,
            disabledReason: noUpdate,
            onSelect: () => open(tag),
          },
          {
            key: "devices",
            label: "Show devices",
            icon: <MonitorSmartphone aria-hidden />,
            href: `/devices?tag=${tag.id}`,
          },
          {
            key: "remove",
            label: "Remove",
            icon: <Trash2 aria-hidden />,
            isDanger: true,
            disabledReason: noRemove,
            onSelect: () => remove(tag),
          },
        ]}
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No tags yet"
            description="Tags group devices by what they are for, so that policies can name the group and not each machine."
            action={<TagDialogButton />}
          />
        }
      />
      {dialog}
    </>
  );
}
