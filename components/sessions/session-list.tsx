import { Monitor, Smartphone, Tablet } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { Time } from "@/components/ui/time";
import type { Session } from "@/server/modules/sessions/schema";
import { sessionDevice, sessionPlace } from "./session-description";

const icons: Readonly<Record<string, typeof Monitor>> = { mobile: Smartphone, tablet: Tablet };

interface SessionListProps {
  sessions: readonly Session[];
  currentLabel: string;
  /** What can be done with one. */
  action: (session: Session) => ReactNode;
}

/** A person's live sessions, one below the other. */
export function SessionList({ sessions, currentLabel, action }: SessionListProps) {
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => {
        const Icon = icons[session.deviceType ?? ""] ?? Monitor;
        return (
          <li key={session.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <Icon aria-hidden className="size-5 shrink-0 text-muted" />
            <div className="min-w-0 flex-1 basis-48">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
                {sessionDevice(session)}
                {session.isCurrent ? <Badge tone="accent">{currentLabel}</Badge> : null}
              </p>
              <p className="text-muted">
                {sessionPlace(session)} · last seen <Time value={session.lastSeenAt} /> · signed in{" "}
                <Time value={session.createdAt} />
              </p>
            </div>
            <div className="ms-auto">{action(session)}</div>
          </li>
        );
      })}
    </ul>
  );
}
