"use client";

import { Pencil, Trash2 } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Badge, StatusDot, type Tone } from "@/components/ui/badge";
import { useConfirm } from "@/components/ui/confirm";
import { EmptyState } from "@/components/ui/empty-state";
import type { ListPolicyTests, PolicyTest, PolicyTestPage, TestOutcome } from "@/server/modules/policies/tests.schema";
import { CreateTestButton, usePolicyTestDialog } from "./policy-test-dialog";
import { reachLooks, targetText, targetWords, trafficText } from "./policy-words";

const outcomeLooks: Readonly<Record<TestOutcome, { label: string; tone: Tone }>> = {
  passed: { label: "Passes", tone: "success" },
  failed: { label: "Fails", tone: "danger" },
  gone: { label: "About nobody any more", tone: "neutral" },
};

const column = columnsFor<PolicyTest>();

const columns = column.columns([
  column.accessor("name", { header: "What must hold", meta: { sort: "name", isWide: true } }),
  column.accessor("outcome", {
    header: "Now",
    cell: ({ row: { original } }) =>
      original.isActive ? (
        <StatusDot tone={outcomeLooks[original.outcome].tone}>{outcomeLooks[original.outcome].label}</StatusDot>
      ) : (
        <Badge>Off</Badge>
      ),
  }),
  column.accessor("sourceName", {
    header: "From",
    cell: ({ row: { original } }) =>
      `${targetWords[original.sourceType]} ${targetText({ type: original.sourceType, name: original.sourceName })}`,
  }),
  column.accessor("destination", {
    header: "To",
    cell: ({ row: { original } }) => (
      <>
        <code className="font-mono text-xs break-all">{original.destination}</code>{" "}
        <span className="text-muted">{trafficText({ protocol: original.protocol, ports: portsOf(original) })}</span>
      </>
    ),
  }),
  column.accessor("expect", {
    header: "Expected",
    cell: ({ getValue }) => <Badge tone={reachLooks[getValue()].tone}>{reachLooks[getValue()].label}</Badge>,
  }),
]);

const portsOf = ({ port }: PolicyTest) => (port === null ? null : { from: port, to: port });

function useRemoval() {
  const confirm = useConfirm();
  const { run } = useAction(({ id }: PolicyTest) => trpc.policyTests.remove.mutate({ id }), {
    success: "Policy test removed",
  });
  return (test: PolicyTest) =>
    void confirm({
      title: `Remove the test “${test.name}”?`,
      impact: "Saving a policy does not watch over this any more.",
      confirmLabel: "Remove test",
      run: () => run(test),
    });
}

interface PolicyTestsTableProps {
  page: PolicyTestPage;
  filter: ListPolicyTests;
}

/** What must hold, and whether it does. */
export function PolicyTestsTable({ page, filter }: PolicyTestsTableProps) {
  const { open, dialog } = usePolicyTestDialog();
  const remove = useRemoval();
  const reason = useReasonAgainst("policy.update");
  return (
    <>
      <DataTable<PolicyTest>
        id="policy-tests"
        label="Policy tests"
        columns={columns}
        {...page}
        filter={filter}
        searchLabel="Search what must hold"
        rowActions={(test) => [
          {
            key: "edit",
            label: "Edit",
            icon: <Pencil aria-hidden />,
            disabledReason: reason,
            onSelect: () => open(test),
          },
          {
            key: "remove",
            label: "Remove",
            icon: <Trash2 aria-hidden />,
            isDanger: true,
            disabledReason: reason,
            onSelect: () => remove(test),
          },
        ]}
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No policy tests yet"
            description="Say once what must never change, such as “Guests never reach the printers”, and no save can break it unnoticed."
            action={<CreateTestButton />}
          />
        }
      />
      {dialog}
    </>
  );
}
