import Link from "next/link";
import { effectLooks, targetText, targetWords } from "@/components/policies/policy-words";
import { Card } from "@/components/ui/card";
import { classNames } from "@/components/ui/class-names";
import { counted } from "@/components/ui/counted";
import type { GraphPolicy } from "@/server/modules/policies/graph.schema";
import { destinationText } from "./access-words";
import { COLUMNS, graphLayout, type Line, NODE, PICTURE_WIDTH } from "./graph-layout";

const MAX_LETTERS = 27;

const cut = (text: string): string => (text.length > MAX_LETTERS ? `${text.slice(0, MAX_LETTERS - 1)}…` : text);

/**
 * The policies of this page of the table as lines from whom they are for to what they lead to. It repeats the table,
 * which is what is read out; narrow screens show the table alone.
 */
export function GraphPicture({ policies }: { policies: readonly GraphPolicy[] }) {
  const layout = graphLayout(policies);
  const { policies: noRoom, ends } = layout.left;
  const hidden = [
    noRoom > 0 ? counted(noRoom, "policy", "policies") : null,
    ends > 0 ? `${counted(ends, "target or destination", "targets and destinations")}` : null,
  ].filter(Boolean);
  return (
    <Card
      title="Who is led where"
      description="A full line allows, a broken line denies, a dotted line leaves somebody out. The table below says the same."
      className="max-md:hidden"
      footer={
        hidden.length > 0 ? (
          <p className="text-muted">Not all of it fits: the picture leaves out {hidden.join(" and ")}.</p>
        ) : undefined
      }
    >
      <svg aria-hidden viewBox={`0 0 ${PICTURE_WIDTH} ${layout.height}`} className="w-full">
        {layout.lines.map((line) => (
          <path key={line.key} d={line.path} fill="none" strokeWidth="1.5" {...lookOf(line)} />
        ))}
        {layout.targets.map(({ key, y, of }) => (
          <Node
            key={key}
            x={COLUMNS.target}
            y={y}
            text={targetText(of)}
            detail={of.type === "all" ? "" : targetWords[of.type]}
          />
        ))}
        {layout.policies.map(({ key, y, of }) => (
          <Link key={key} href={`/policies/${of.id}`} prefetch={false} tabIndex={-1}>
            <Node
              x={COLUMNS.policy}
              y={y}
              text={of.name}
              detail={`${effectLooks[of.effect].label}, priority ${of.priority}`}
              effect={of.effect}
            />
          </Link>
        ))}
        {layout.destinations.map(({ key, y, of }) => (
          <Node
            key={key}
            x={COLUMNS.destination}
            y={y}
            text={destinationText(of.network)}
            detail={of.gateways.length > 0 ? `by ${of.gateways.map(({ name }) => name).join(", ")}` : of.description}
          />
        ))}
      </svg>
    </Card>
  );
}

function lookOf({ effect, isExcluded }: Line) {
  if (isExcluded) return { className: "stroke-control", strokeDasharray: "1 5", strokeLinecap: "round" as const };
  return effect === "allow" ? { className: "stroke-success" } : { className: "stroke-danger", strokeDasharray: "7 5" };
}

interface NodeProps {
  x: number;
  y: number;
  text: string;
  detail: string;
  effect?: GraphPolicy["effect"];
}

function Node({ x, y, text, detail, effect }: NodeProps) {
  const border = effect === "deny" ? "stroke-danger" : effect === "allow" ? "stroke-success" : "stroke-control";
  return (
    <g>
      <title>{[text, detail].filter(Boolean).join(", ")}</title>
      <rect
        x={x + 0.75}
        y={y}
        width={NODE.width - 1.5}
        height={NODE.height}
        rx={effect ? NODE.height / 2 : 6}
        strokeDasharray={effect === "deny" ? "7 5" : undefined}
        className={classNames("fill-surface", border)}
      />
      <text
        x={x + NODE.width / 2}
        y={y + (detail ? 14 : 21)}
        textAnchor="middle"
        className="fill-ink text-xs font-medium"
      >
        {cut(text)}
      </text>
      {detail ? (
        <text x={x + NODE.width / 2} y={y + 27} textAnchor="middle" className="fill-muted text-2xs">
          {cut(detail)}
        </text>
      ) : null}
    </g>
  );
}
