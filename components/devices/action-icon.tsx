import { Ban, Check, CirclePause, CirclePlay, ShieldAlert, ShieldCheck, X } from "lucide-react";
import type { ActionKey } from "./device-actions";

const icons = {
  approve: Check,
  reject: X,
  resume: CirclePlay,
  release: ShieldCheck,
  suspend: CirclePause,
  quarantine: ShieldAlert,
  revoke: Ban,
} as const satisfies Record<ActionKey, unknown>;

/** The icon of an action; decoration beside its label. */
export function ActionIcon({ action }: { action: ActionKey }) {
  const Icon = icons[action];
  return <Icon aria-hidden />;
}
