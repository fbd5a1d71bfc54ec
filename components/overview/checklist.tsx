import { CircleCheck, CircleDashed } from "lucide-react";
import Link from "next/link";
import { Card } from "@/components/ui/card";
import type { Overview } from "@/server/modules/overview/schema";
import { HideChecklistButton } from "./checklist-buttons";

type Step = Overview["checklist"][number]["step"];

interface StepText {
  title: string;
  /** What it takes, while it is open. */
  how: string;
  href?: string;
  link?: string;
}

const steps: Readonly<Record<Step, StepText>> = {
  token: {
    title: "Create an enrolment token",
    how: "It lets a number of machines join, for a time.",
    href: "/enrolment?create=1",
    link: "Create token",
  },
  device: {
    title: "Enrol a first device",
    how: "Run the token's join command on a machine.",
    href: "/enrolment",
    link: "See tokens",
  },
  approval: {
    title: "Approve it",
    how: "Compare its name and address, then let it in.",
    href: "/devices?status=pending",
    link: "See who waits",
  },
  "check-in": {
    title: "See it check in",
    how: "An approved agent reports within minutes.",
    href: "/devices?sort=lastSeenAt",
    link: "See devices",
  },
  colleague: {
    title: "Invite a colleague",
    how: "A second administrator can help when you are locked out.",
    href: "/users",
    link: "See users",
  },
  https: {
    title: "Serve Keyward over HTTPS",
    how: "Put a reverse proxy in front and set KEYWARD_URL to its https address: agents elsewhere refuse anything else.",
  },
};

export const openSteps = (checklist: Overview["checklist"]): number => checklist.filter(({ isDone }) => !isDone).length;

/** What is left to do on the first day, read off the data. */
export function Checklist({ checklist }: { checklist: Overview["checklist"] }) {
  const done = checklist.length - openSteps(checklist);
  return (
    <Card
      title="First steps"
      description={`${done} of ${checklist.length} done`}
      actions={<HideChecklistButton />}
      isFlush
    >
      <ul className="grid sm:grid-cols-2 xl:grid-cols-3">
        {checklist.map(({ step, isDone }) => (
          <li key={step} className="flex gap-2.5 px-4 py-3">
            <StepEntry step={steps[step]} isDone={isDone} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function StepEntry({ step: { title, how, href, link }, isDone }: { step: StepText; isDone: boolean }) {
  const Icon = isDone ? CircleCheck : CircleDashed;
  return (
    <>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${isDone ? "text-success" : "text-muted"}`} />
      <div className="min-w-0">
        <p className={isDone ? "text-muted" : "font-medium"}>
          {title}
          <span className="sr-only">{isDone ? ": done" : ": open"}</span>
        </p>
        {isDone ? null : (
          <p className="mt-0.5 text-muted text-pretty">
            {how}{" "}
            {href ? (
              <Link
                href={href}
                prefetch={false}
                className="whitespace-nowrap text-accent-ink underline underline-offset-2"
              >
                {link}
              </Link>
            ) : null}
          </p>
        )}
      </div>
    </>
  );
}
