import type { ReactNode } from "react";
import { classNames } from "./class-names";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger";

const tones: Record<Tone, string> = {
  neutral: "border-line bg-sunken text-ink",
  accent: "border-accent-ink/30 bg-accent-subtle text-accent-ink",
  success: "border-success/30 bg-success-subtle text-success",
  warning: "border-warning/30 bg-warning-subtle text-warning",
  danger: "border-danger/30 bg-danger-subtle text-danger",
};

const dots: Record<Tone, string> = {
  neutral: "status before:bg-control",
  accent: "status before:bg-accent-ink",
  success: "status before:bg-success",
  warning: "status before:bg-warning",
  danger: "status before:bg-danger",
};

/** A short label. The text carries the meaning; the tone only supports it. */
export function Badge({ tone = "neutral", icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={classNames("badge", tones[tone])}>
      {icon}
      <span className="truncate">{children}</span>
    </span>
  );
}

/** A coloured dot with the state in words beside it. */
export function StatusDot({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={dots[tone]}>{children}</span>;
}
