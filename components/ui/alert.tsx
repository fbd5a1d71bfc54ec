import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

type AlertTone = "neutral" | "success" | "warning" | "danger";

const looks: Record<AlertTone, { icon: typeof Info; box: string; ink: string }> = {
  neutral: { icon: Info, box: "border-accent-ink/30 bg-accent-subtle", ink: "text-accent-ink" },
  success: { icon: CircleCheck, box: "border-success/30 bg-success-subtle", ink: "text-success" },
  warning: { icon: TriangleAlert, box: "border-warning/30 bg-warning-subtle", ink: "text-warning" },
  danger: { icon: CircleAlert, box: "border-danger/30 bg-danger-subtle", ink: "text-danger" },
};

interface AlertProps {
  tone?: AlertTone;
  title: ReactNode;
  /** Announce it: it appeared because of what the reader just did. */
  isLive?: boolean;
  actions?: ReactNode;
  children?: ReactNode;
}

/** A message that stays on the page. */
export function Alert({ tone = "neutral", title, isLive, actions, children }: AlertProps) {
  const { icon: Icon, box, ink } = looks[tone];
  return (
    <div
      role={isLive ? "alert" : undefined}
      className={classNames("flex gap-2.5 rounded-lg border px-3.5 py-2.5", box)}
    >
      <Icon aria-hidden className={classNames("mt-0.5 size-4 shrink-0", ink)} />
      <div className="min-w-0 flex-1">
        <p className={classNames("text-sm font-medium", ink)}>{title}</p>
        {children ? <div className="mt-0.5 text-sm text-pretty">{children}</div> : null}
        {actions ? <div className="mt-2 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  );
}
