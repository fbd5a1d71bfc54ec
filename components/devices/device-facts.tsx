import type { ReactNode } from "react";
import { bytesText } from "@/components/ui/bytes";
import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { AgentFacts, HardwareFacts, NetworkFacts, OsFacts } from "@/server/modules/agents/facts.schema";
import type { DeviceFacts as Section } from "@/server/modules/devices/schema";

interface Item {
  label: string;
  value: ReactNode;
}

const Lines = ({ texts }: { texts: readonly string[] }) =>
  texts.length === 0 ? (
    "—"
  ) : (
    <ul className="font-mono text-xs leading-5">
      {texts.map((text) => (
        <li key={text} className="break-all">
          {text}
        </li>
      ))}
    </ul>
  );

const osItems = (facts: OsFacts): Item[] => [
  { label: "System", value: `${facts.name} ${facts.version}` },
  { label: "Kernel", value: facts.kernel },
  { label: "Architecture", value: `${facts.platform} ${facts.arch}` },
  { label: "Host name", value: facts.hostname },
  { label: "Time zone", value: facts.timezone },
];

const hardwareItems = (facts: HardwareFacts): Item[] => [
  { label: "Maker", value: facts.vendor },
  { label: "Model", value: facts.model },
  { label: "Processor", value: facts.cpuModel },
  { label: "Cores", value: facts.cpuCount },
  { label: "Memory", value: bytesText(facts.memoryBytes) },
  { label: "Hardware hash", value: facts.hardwareHash ? <Lines texts={[facts.hardwareHash]} /> : null },
];

const networkItems = (facts: NetworkFacts): Item[] => [
  ...facts.interfaces.map(({ name, addresses }) => ({ label: name, value: <Lines texts={addresses} /> })),
  { label: "Default gateway", value: facts.defaultGateway ? <Lines texts={[facts.defaultGateway]} /> : null },
  { label: "Name servers", value: <Lines texts={facts.dnsServers} /> },
];

const agentItems = (facts: AgentFacts): Item[] => [
  { label: "Version", value: facts.version },
  { label: "Runtime", value: facts.runtime },
  { label: "Clock offset", value: `${facts.clockOffsetS} s` },
  { label: "Started", value: <Time value={facts.startedAt} /> },
];

const titles: Readonly<Record<string, string>> = {
  os: "Operating system",
  hardware: "Hardware",
  network: "Network",
  agent: "Agent",
  users: "Users",
  services: "Services",
  disks: "Disks",
  security: "Security",
};

/** A section with the shape it should have, as items; `undefined` for any other. */
function readableItems({ section, facts }: Section): Item[] | undefined {
  const parsed = {
    os: () => ifValid(OsFacts.safeParse(facts), osItems),
    hardware: () => ifValid(HardwareFacts.safeParse(facts), hardwareItems),
    network: () => ifValid(NetworkFacts.safeParse(facts), networkItems),
    agent: () => ifValid(AgentFacts.safeParse(facts), agentItems),
  };
  return Object.hasOwn(parsed, section) ? parsed[section as keyof typeof parsed]() : undefined;
}

function ifValid<Facts>(result: { success: boolean; data?: Facts }, items: (facts: Facts) => Item[]) {
  return result.success && result.data !== undefined ? items(result.data) : undefined;
}

/** Sections of newer agents, whose shape is not known here. */
function Raw({ facts }: { facts: unknown }) {
  return (
    <pre className="max-h-80 overflow-auto font-mono text-xs break-all whitespace-pre-wrap">
      {JSON.stringify(facts, null, 2)}
    </pre>
  );
}

const ORDER = ["os", "hardware", "network", "agent"];
const rank = ({ section }: Section): number => (ORDER.indexOf(section) + ORDER.length + 1) % (ORDER.length + 1);

/** What the device says about itself, section by section. */
export function DeviceFacts({ facts }: { facts: readonly Section[] }) {
  if (facts.length === 0) {
    return (
      <Card title="Facts">
        <EmptyState
          kind="nothing-yet"
          title="No facts yet"
          description="The device sends them with its first check-ins after it became active."
        />
      </Card>
    );
  }
  const ordered = [...facts].sort((a, b) => rank(a) - rank(b));
  return ordered.map((section) => {
    const items = readableItems(section);
    return (
      <Card
        key={section.section}
        title={titles[section.section] ?? section.section}
        description={
          <>
            Reported <Time value={section.updatedAt} />
          </>
        }
      >
        {items ? <DescriptionList items={items} /> : <Raw facts={section.facts} />}
      </Card>
    );
  });
}
