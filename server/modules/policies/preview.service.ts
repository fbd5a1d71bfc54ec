import type { Actor } from "@/server/core/actor";
import { query } from "@/server/core/operation";
import { loadRulebook } from "./compilation.service";
import { draftOf, NEW_ID, withDraft } from "./draft";
import { findingsOf } from "./findings";
import { changesOf, trafficNamedBy } from "./preview";
import { reachedNetworks, subjects } from "./rulebook.repo";
import { Preview, PreviewPolicy } from "./schema";
import { failingTests } from "./tests.service";

const MAX_ROWS = 200;

const mayNameDevices = (actor: Actor): boolean =>
  actor.kind === "system" || ("permissions" in actor && actor.permissions.has("device.read"));

/** Who would gain and lose what, and which tests would fail, if a policy were saved like this. Changes nothing. */
export const preview = query({
  permission: "policy.read",
  input: PreviewPolicy,
  output: Preview,
  isSnapshot: true,
  async run({ reader, now, actor }, { id, ...fields }) {
    const [live, devices, gatewayNetworks] = await Promise.all([
      loadRulebook(reader),
      subjects(reader),
      reachedNetworks(reader),
    ]);
    const at = now();
    const draft = draftOf(id ?? NEW_ID, fields);
    const policies = withDraft(live.policies, draft.id, draft);
    const after = { ...live, policies };
    const traffic = trafficNamedBy([draft, live.policies.find((policy) => policy.id === draft.id)]);
    const changes = changesOf({ before: live, after, now: at }, devices, traffic);
    const failing = await failingTests(reader, after, at);
    return {
      changes: (mayNameDevices(actor) ? changes.slice(0, MAX_ROWS) : []).map(({ subject, ...change }) => ({
        ...change,
        deviceId: subject.deviceId ?? "",
        deviceName: subject.deviceName,
        ownerName: subject.ownerName,
      })),
      gains: changes.filter(({ gains }) => gains).length,
      losses: changes.filter(({ loses }) => loses).length,
      devices: new Set(changes.map(({ subject }) => subject.deviceId)).size,
      findings: findingsOf(draft, { ...after, gatewayNetworks }),
      failedTests: failing.map(({ id: testId, name }) => ({ id: testId, name })),
    };
  },
});
