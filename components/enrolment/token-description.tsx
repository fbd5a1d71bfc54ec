import { TagBadges } from "@/components/tags/tag-badge";
import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { EnrolmentToken } from "@/server/modules/enrolment/schema";
import { ephemeralText } from "./create-token-form";
import { hardwareMatchLabels, usesText } from "./token-state";

/** The limits of a token and what it gives; its secret is not kept. */
export function TokenDescription({ token }: { token: EnrolmentToken }) {
  return (
    <Card title="Token">
      <DescriptionList
        items={[
          { label: "Uses", value: usesText(token) },
          { label: "Expires", value: <Time value={token.expiresAt} format="absolute" /> },
          { label: "Approval", value: token.requireApproval ? "Each device by hand" : "Not needed" },
          { label: "Tags", value: token.tags.length > 0 ? <TagBadges tags={token.tags} /> : null },
          { label: "Owner", value: token.ownerName ?? "Nobody" },
          { label: "Allowed networks", value: token.allowedCidrs.join(", ") || "From anywhere" },
          { label: "Known hardware", value: hardwareMatchLabels[token.onHardwareMatch] },
          { label: "Devices retire", value: ephemeralText(token.ephemeralTtlS) },
          {
            label: "Created",
            value: (
              <>
                <Time value={token.createdAt} /> by {token.createdByName ?? "Keyward"}
              </>
            ),
          },
          { label: "Last used", value: <Time value={token.lastUsedAt} /> },
          ...(token.revokedAt ? [{ label: "Revoked", value: <Time value={token.revokedAt} /> }] : []),
        ]}
      />
    </Card>
  );
}
