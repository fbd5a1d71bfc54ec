"use client";

import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import { counted } from "@/components/ui/counted";
import type { Session } from "@/server/modules/sessions/schema";
import { sessionDevice } from "./session-description";

const problems = { "not-found": "The session was over already" };
const ended = ({ revoked }: { revoked: number }) => `${counted(revoked, "session")} ended`;

/** Ending other people's sessions, each after a question. */
export function useSessionActions() {
  const confirm = useConfirm();
  const one = useAction(trpc.sessions.revoke.mutate, { success: "Session ended", problems });
  const all = useAction(trpc.sessions.revokeAllOfUser.mutate, { success: ended });
  const revoke = (session: Session) =>
    void confirm({
      title: `End this session of ${session.username}?`,
      impact: `${sessionDevice(session)} is signed out at its next request${session.isCurrent ? ". It is the one you are using now" : ""}.`,
      confirmLabel: "End session",
      run: () => one.run({ id: session.id }),
    });
  const revokeAll = ({ userId, username }: Pick<Session, "userId" | "username">) =>
    void confirm({
      title: `End all sessions of ${username}?`,
      impact: "Every browser of this user is signed out at its next request. Signing in again is possible right away.",
      confirmLabel: "End all sessions",
      run: () => all.run({ userId }),
    });
  return { revoke, revokeAll };
}
