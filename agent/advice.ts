import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";

/** What a person does about a refusal; `status` and the journal show it beside the code. */
const advice: Readonly<Record<string, string>> = {
  "device-pending": "Approve it in the console under Devices. Nothing is to be done here.",
  "device-suspended": "Ask an administrator: the device was suspended in the console.",
  "device-quarantined": "Ask an administrator: the device is in quarantine and gets no configuration.",
  "device-retired": "It can come back only with a new key and a new token: keyward-agent unenrol, then enrol.",
  "key-revoked": "Its key was revoked. To come back: keyward-agent unenrol, then enrol with a new token.",
  "key-in-use": "Its key belongs to another device. To come back: keyward-agent unenrol, then enrol with a new token.",
  "key-unknown": "The server has lost this device. Enrol again with a new token; the key stays the same.",
  "hardware-conflict": "This hardware is enrolled already. Supersede or retire the other device in the console.",
  "device-limit": "The token's owner has as many devices as allowed. Revoke one, or raise the limit in the console.",
  "gateway-taken": "Another device is this gateway. Retire or revoke that one first, then make a new token.",
  "token-invalid": "Check the token, or make a new one in the console under Enrolment.",
  "token-expired": "Make a new token in the console under Enrolment.",
  "token-exhausted": "Make a new token in the console under Enrolment; this one has no uses left.",
  "token-revoked": "Make a new token in the console under Enrolment; this one was revoked.",
  "agent-too-old": "Install the agent the server offers.",
  "clock-skew": "Set this machine's clock; it stays off after being corrected once.",
  "private-key-exposed": "This is a fault of the agent. Please report it.",
};

/** The refusal, and any other failure, as the error a command ends with. */
export function toAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (error instanceof Refused) {
    const isBusy = error.reaction === "wait";
    return new AgentError(
      isBusy ? "unreachable" : "refused",
      `The server refused: ${explain(error)}`,
      adviceFor(error),
    );
  }
  return new AgentError("failed", error instanceof Error ? error.message : String(error));
}

export const explain = (error: Refused): string =>
  error.message === error.code ? error.code : `${error.message.replace(/\.$/, "")} (${error.code})`;

export const adviceFor = ({ code }: { readonly code: string }): string | undefined =>
  Object.hasOwn(advice, code) ? advice[code] : undefined;
