import Link from "next/link";
import { effectLooks } from "@/components/policies/policy-words";
import { counted } from "@/components/ui/counted";
import type { ConsideredPolicy } from "@/server/modules/policies/access.schema";
import { whyNotTexts } from "./access-words";

/** Every policy in the order they are asked, with why it did not decide; those for others are folded away. */
export function ConsideredPolicies({ considered }: { considered: readonly ConsideredPolicy[] }) {
  const others = considered.filter(({ whyNot }) => whyNot === "no_target");
  const near = considered.filter(({ whyNot }) => whyNot !== "no_target");
  return (
    <div className="space-y-3">
      {near.length > 0 ? <Policies label="Policies in the order they are asked" policies={near} /> : null}
      {others.length > 0 ? (
        <details>
          <summary className="text-muted">{counted(others.length, "policy", "policies")} not for this device</summary>
          <div className="mt-2">
            <Policies label="Policies that are not for this device" policies={others} />
          </div>
        </details>
      ) : null}
    </div>
  );
}

function Policies({ label, policies }: { label: string; policies: readonly ConsideredPolicy[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section aria-label={label} tabIndex={0} className="max-h-96 overflow-auto rounded-md border border-line">
      <table className="w-full text-start">
        <thead className="sticky top-0 bg-surface text-muted">
          <tr>
            {["Policy", "Why"].map((title) => (
              <th key={title} scope="col" className="px-3 py-2 text-start font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {policies.map(({ policyId, name, priority, effect, isMatch, whyNot }) => (
            <tr key={policyId} className={isMatch ? "bg-accent-subtle" : undefined}>
              <th scope="row" className="px-3 py-2 text-start font-normal break-words">
                <Link href={`/policies/${policyId}`} prefetch={false} className="underline underline-offset-2">
                  {name}
                </Link>
                <span className="block text-xs text-muted">
                  {effectLooks[effect].label}, priority {priority}
                </span>
              </th>
              <td className="px-3 py-2">
                {whyNot ? whyNotTexts[whyNot] : isMatch ? <strong>It decides</strong> : "—"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
