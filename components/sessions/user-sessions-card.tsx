"use client";

import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import type { User } from "@/server/modules/identity/schema";
import type { Session } from "@/server/modules/sessions/schema";
import { sessionDevice } from "./session-description";
import { SessionList } from "./session-list";
import { useSessionActions } from "./use-session-actions";

interface UserSessionsCardProps {
  user: Pick<User, "id" | "username">;
  sessions: readonly Session[];
}

/** The live sessions of one user, for administrators. */
export function UserSessionsCard({ user, sessions }: UserSessionsCardProps) {
  const reason = useReasonAgainst("session.revoke");
  const { revoke, revokeAll } = useSessionActions();
  const reasonAgainstAll = reason ?? (sessions.length === 0 ? "There is no session to end" : null);
  return (
    <Card
      title="Sessions"
      isFlush
      actions={
        <Button
          size="small"
          disabledReason={reasonAgainstAll}
          onClick={() => revokeAll({ userId: user.id, username: user.username })}
        >
          End all
        </Button>
      }
    >
      {sessions.length === 0 ? (
        <EmptyState kind="nothing-yet" title="Not signed in anywhere" />
      ) : (
        <SessionList
          sessions={sessions}
          currentLabel="Your session"
          action={(session) => (
            <Button
              size="small"
              aria-label={`End session: ${sessionDevice(session)}`}
              disabledReason={reason}
              onClick={() => revoke(session)}
            >
              End
            </Button>
          )}
        />
      )}
    </Card>
  );
}
