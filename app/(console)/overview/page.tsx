import type { Metadata } from "next";
import { cookies } from "next/headers";
import { Checklist, openSteps } from "@/components/overview/checklist";
import { ShowChecklistButton } from "@/components/overview/checklist-buttons";
import { CHECKLIST_COOKIE, isChecklistHidden } from "@/components/overview/checklist-cookie";
import { DevicesByStatus } from "@/components/overview/devices-by-status";
import { EnrolmentChart } from "@/components/overview/enrolment-chart";
import { Figures } from "@/components/overview/figures";
import { WaitingAlert } from "@/components/overview/waiting-alert";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageHeader } from "@/components/ui/page-header";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage() {
  const [{ overview }, user, jar] = await Promise.all([api(), currentUser(), cookies()]);
  const data = await overview.get();
  const permissions = user?.permissions ?? new Set();
  const left = openSteps(data.checklist);
  const isHidden = isChecklistHidden(jar.get(CHECKLIST_COOKIE)?.value);
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          <>
            {left > 0 && isHidden ? <ShowChecklistButton left={left} /> : null}
            <AutoRefresh />
          </>
        }
      />
      <div className="space-y-4">
        {permissions.has("device.read") ? <WaitingAlert count={data.devices.pending} /> : null}
        {left > 0 && !isHidden ? <Checklist checklist={data.checklist} /> : null}
        <Figures overview={data} permissions={permissions} />
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <EnrolmentChart days={data.enrolments} />
          <DevicesByStatus devices={data.devices} isLinked={permissions.has("device.read")} />
        </div>
      </div>
    </>
  );
}
