"use client";

import { Ban, CirclePause, CirclePlay, KeyRound, LogOut, ShieldUser } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import type { RowAction } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { Role, User } from "@/server/modules/identity/schema";
import { type IssuedLink, PasswordLinkDialog } from "./password-link-dialog";
import { RolesDialog } from "./roles-dialog";
import { deactivateRequest, signOutRequest, suspendRequest } from "./user-confirmations";

const problems = { "last-admin": "This would leave nobody in charge", conflict: "This user has changed meanwhile" };

interface UserActions {
  actionsFor: (user: User) => readonly RowAction[];
  /** The dialogs the actions open; put it into the page once. */
  dialogs: ReactNode;
}

/** What an administrator can do with a user, for row menus and for the user's page. */
export function useUserActions(roles: readonly Role[]): UserActions {
  const [link, setLink] = useState<IssuedLink | null>(null);
  const [changingRolesOf, setChangingRolesOf] = useState<User | null>(null);
  const statusActions = useStatusActions();
  const signOutActions = useSignOutActions();
  const reasons = { link: useReasonAgainst("user.reset-password"), roles: useReasonAgainst("role.assign") };
  const issue = useAction(trpc.users.issuePasswordLink.mutate, { onDone: setLink, problems });
  const actionsFor = (user: User): RowAction[] => [
    {
      key: "roles",
      label: "Change roles…",
      icon: <ShieldUser aria-hidden />,
      disabledReason: reasons.roles,
      onSelect: () => setChangingRolesOf(user),
    },
    {
      key: "link",
      label: user.status === "invited" ? "New invitation link…" : "Password link…",
      icon: <KeyRound aria-hidden />,
      disabledReason: reasons.link ?? reasonAgainstLink(user),
      onSelect: () => issue.start({ id: user.id }),
    },
    ...signOutActions(user),
    ...statusActions(user),
  ];
  const dialogs = (
    <>
      <PasswordLinkDialog link={link} onClose={() => setLink(null)} />
      <RolesDialog user={changingRolesOf} roles={roles} onClose={() => setChangingRolesOf(null)} />
    </>
  );
  return { actionsFor, dialogs };
}

function reasonAgainstLink({ status }: User): string | null {
  return status === "active" || status === "invited" ? null : `The user is ${status}`;
}

function useSignOutActions() {
  const confirm = useConfirm();
  const reason = useReasonAgainst("user.sign-out");
  const { run } = useAction(trpc.users.rotateStamp.mutate, {
    success: ({ username }) => `${username} is signed out everywhere`,
  });
  return (user: User): RowAction[] => [
    {
      key: "sign-out",
      label: "Sign out everywhere…",
      icon: <LogOut aria-hidden />,
      disabledReason: reason,
      onSelect: () => void confirm({ ...signOutRequest(user), run: () => run({ id: user.id }) }),
    },
  ];
}

/** Suspend or reactivate, and deactivate: what the user's state allows. */
function useStatusActions() {
  const confirm = useConfirm();
  const reasons = { suspend: useReasonAgainst("user.suspend"), deactivate: useReasonAgainst("user.deactivate") };
  const suspend = useAction(trpc.users.suspend.mutate, {
    success: ({ username }) => `${username} is suspended`,
    problems,
  });
  const reactivate = useAction(trpc.users.reactivate.mutate, {
    success: ({ username }) => `${username} is active again`,
    problems,
  });
  const deactivate = useAction(trpc.users.deactivate.mutate, {
    success: ({ username }) => `${username} is deactivated`,
    problems,
  });
  return (user: User): RowAction[] => {
    const id = { id: user.id };
    if (user.status === "deactivated") return [];
    const pause: RowAction =
      user.status === "suspended"
        ? {
            key: "reactivate",
            label: "Reactivate",
            icon: <CirclePlay aria-hidden />,
            disabledReason: reasons.suspend,
            onSelect: () => reactivate.start(id),
          }
        : {
            key: "suspend",
            label: "Suspend…",
            icon: <CirclePause aria-hidden />,
            disabledReason: reasons.suspend,
            onSelect: () => void confirm({ ...suspendRequest(user), run: () => suspend.run(id) }),
          };
    return [
      pause,
      {
        key: "deactivate",
        label: "Deactivate for good…",
        icon: <Ban aria-hidden />,
        isDanger: true,
        disabledReason: reasons.deactivate,
        onSelect: () => void confirm({ ...deactivateRequest(user), run: () => deactivate.run(id) }),
      },
    ];
  };
}
