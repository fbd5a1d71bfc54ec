import type { ConfirmRequest } from "@/components/ui/confirm-dialog";
import { counted } from "@/components/ui/counted";
import type { User } from "@/server/modules/identity/schema";

const endsSessions = ({ activeSessions }: User) =>
  activeSessions === 0 ? "There is no session to end." : `This ends ${counted(activeSessions, "session")} at once.`;

const withDevices = ({ devices }: User, sentence: (devices: string) => string) =>
  devices === 0 ? "" : ` ${sentence(counted(devices, "device"))}`;

/** Renewing the security stamp: every session is over, the account stays as it is. */
export function signOutRequest(user: User): ConfirmRequest {
  return {
    title: `Sign ${user.username} out everywhere?`,
    impact: `${endsSessions(user)} Copied cookies stop working too. Signing in again is possible right away.`,
    confirmLabel: "Sign out everywhere",
  };
}

export function suspendRequest(user: User): ConfirmRequest {
  const devices = withDevices(user, (count) => `It cuts ${count} off the network until then.`);
  return {
    title: `Suspend ${user.username}?`,
    impact: `${endsSessions(user)} API keys are switched off, certificates are revoked, and signing in is refused until someone reactivates the user.${devices}`,
    confirmLabel: "Suspend user",
  };
}

export function deactivateRequest(user: User): ConfirmRequest {
  const devices = withDevices(user, (count) => `It revokes ${count}.`);
  return {
    title: `Deactivate ${user.username} for good?`,
    impact: `${endsSessions(user)} API keys are switched off and certificates revoked.${devices} This cannot be undone; the user and the history stay on record.`,
    confirmLabel: "Deactivate user",
    typeToConfirm: user.username,
  };
}
