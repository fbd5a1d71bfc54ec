"use client";

import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Button, LinkButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useConfirm } from "@/components/ui/confirm";
import { counted } from "@/components/ui/counted";
import type { Session } from "@/server/modules/sessions/schema";
import { sessionDevice } from "./session-description";
import { SessionList } from "./session-list";

/** Where one is signed in, and the ways to end it. */
export function OwnSessionsCard({ sessions }: { sessions: readonly Session[] }) {
  const others = sessions.filter(({ isCurrent }) => !isCurrent).length;
  const { endOne, endOthers, endAll } = useOwnSessionActions(others);
  return (
    <Card
      title={`Signed in ${sessions.length === 1 ? "here only" : `in ${counted(sessions.length, "place")}`}`}
      description="A session you do not recognise? End it, then change your password."
      isFlush
      footer={
        <div className="flex flex-wrap gap-2">
          <Button disabledReason={others === 0 ? "This is your only session" : null} onClick={endOthers}>
            Sign out other sessions
          </Button>
          <Button variant="danger" onClick={endAll}>
            Sign out everywhere
          </Button>
        </div>
      }
    >
      <SessionList
        sessions={sessions}
        currentLabel="This session"
        action={(session) =>
          session.isCurrent ? (
            <LinkButton size="small" href="/sign-out">
              Sign out
            </LinkButton>
          ) : (
            <Button size="small" aria-label={`End session: ${sessionDevice(session)}`} onClick={() => endOne(session)}>
              End
            </Button>
          )
        }
      />
    </Card>
  );
}

function useOwnSessionActions(others: number) {
  const confirm = useConfirm();
  const ended = ({ revoked }: { revoked: number }) => `${counted(revoked, "session")} ended`;
  const one = useAction(trpc.sessions.revokeOwn.mutate, {
    success: "Session ended",
    problems: { "not-found": "The session was over already" },
  });
  const several = useAction(trpc.sessions.revokeOthers.mutate, { success: ended });
  const everywhere = useAction(trpc.sessions.revokeEverywhere.mutate, {
    // A full load, so that nothing of the session stays in memory.
    onDone: () => window.location.assign("/sign-in"),
  });
  return {
    endOne: (session: Session) => one.start({ id: session.id }),
    endOthers: () =>
      void confirm({
        title: "Sign out your other sessions?",
        impact: `This ends ${counted(others, "session")} at the next request. You stay signed in here.`,
        confirmLabel: "Sign out others",
        run: () => several.run(),
      }),
    endAll: () =>
      void confirm({
        title: "Sign out everywhere?",
        impact: `This ends ${counted(others + 1, "session")}, also the one you are using now.`,
        confirmLabel: "Sign out everywhere",
        run: () => everywhere.run(),
      }),
  };
}
