import type { Metadata } from "next";
import { forbidden, redirect } from "next/navigation";
import { z } from "zod";
import { AccessAnswer } from "@/components/reachability/access-answer";
import { AccessFrame } from "@/components/reachability/access-frame";
import { AccessQuestion } from "@/components/reachability/access-question";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ExplainAccess } from "@/server/modules/policies/access.schema";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Access" };

/** What the form holds at first, however much of a question the address is. */
const Prefilled = z.object({
  device: ExplainAccess.shape.device.catch(undefined),
  user: ExplainAccess.shape.user.catch(undefined),
  dst: z.string().max(100).catch(""),
  protocol: ExplainAccess.shape.protocol.catch("any"),
  port: ExplainAccess.shape.port.catch(undefined),
});
type Prefilled = z.output<typeof Prefilled>;

/** Whom the address names. */
async function sourceOf({ device, user }: Prefilled) {
  const { devices, users } = await api();
  if (device) return { kind: "device" as const, source: await devices.get({ id: device }) };
  if (!user) return { kind: "device" as const, source: null };
  const { id, username } = await users.get({ id: user });
  return { kind: "user" as const, source: { id, name: username } };
}

export default async function AccessPage({ searchParams }: PageProps<"/access">) {
  // As long as nothing is asked, nothing else says who may see this.
  const user = await currentUser();
  if (!user) redirect("/sign-in?next=/access");
  if (!user.permissions.has("access.read")) forbidden();
  const search = await searchParams;
  const prefilled = Prefilled.parse(search);
  const question = ExplainAccess.safeParse(search);
  const { access } = await api();
  const [{ kind, source }, explanation] = await Promise.all([
    sourceOf(prefilled),
    question.success ? access.explain(question.data) : null,
  ]);
  const { dst, protocol, port } = prefilled;
  const named = source && { id: source.id, name: source.name };
  return (
    <AccessFrame tab="explain">
      <AccessQuestion asked={{ kind, source: named, dst, protocol, port }} />
      {explanation ? (
        <AccessAnswer explanation={explanation} />
      ) : (
        <Card isFlush>
          <EmptyState
            kind="nothing-yet"
            title="Nothing asked yet"
            description="Choose a device or a user, enter an address, and see what decides about its traffic. The answer has an address of its own, to be handed on."
          />
        </Card>
      )}
    </AccessFrame>
  );
}
