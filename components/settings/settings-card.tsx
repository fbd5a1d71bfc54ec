"use client";

import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { Time } from "@/components/ui/time";
import type { Setting } from "@/server/modules/settings/schema";
import { SettingDialog } from "./setting-dialog";
import { settingLabels, valueText } from "./setting-words";

/** What the organisation decides, each with the way to change it. */
export function SettingsCard({ settings }: { settings: readonly Setting[] }) {
  const [changing, setChanging] = useState<Setting | null>(null);
  const disabledReason = useReasonAgainst("setting.update");
  return (
    <>
      <ListCard title="Devices of people" items={settings} empty={{ title: "There is nothing to decide" }}>
        {(setting) => (
          <li key={setting.name} className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-60">
              <h3 className="font-medium">{settingLabels[setting.name]}</h3>
              <p className="text-muted">{setting.description}.</p>
              {setting.changedAt ? (
                <p className="text-muted">
                  Changed <Time value={setting.changedAt} /> by {setting.changedBy ?? "somebody who is gone"}
                </p>
              ) : null}
            </div>
            <div className="flex items-center gap-3">
              <p className="font-medium">{valueText(setting.name, setting.value)}</p>
              <Button
                size="small"
                aria-label={`Change: ${settingLabels[setting.name]}`}
                disabledReason={disabledReason}
                onClick={() => setChanging(setting)}
              >
                Change
              </Button>
            </div>
          </li>
        )}
      </ListCard>
      {changing ? <SettingDialog setting={changing} onClose={() => setChanging(null)} /> : null}
    </>
  );
}
