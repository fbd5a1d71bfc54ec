import { bytesScaleTop, bytesText } from "@/components/ui/bytes";
import { Card } from "@/components/ui/card";
import { LinkTabs } from "@/components/ui/tabs";
import type { Traffic, TrafficResolution } from "@/server/modules/tunnels/schema";
import { type TrafficBar, trafficBars } from "./traffic-bars";
import { TrafficTable } from "./traffic-table";

const WIDTH = 720;
const HALF = 60;

const looks: Readonly<Record<TrafficResolution, { tab: string; each: string; start: string }>> = {
  minute: { tab: "24 hours", each: "Each bar is 10 minutes.", start: "24 hours ago" },
  hour: { tab: "62 days", each: "Each bar is 6 hours.", start: "62 days ago" },
  day: { tab: "A year", each: "Each bar is a day (UTC).", start: "A year ago" },
};

interface TrafficChartProps {
  traffic: Traffic;
  resolution: TrafficResolution;
  now: Date;
  /** The address of the page without its search. */
  href: string;
}

const sum = (bars: readonly TrafficBar[], key: "rxBytes" | "txBytes") =>
  bars.reduce((total, bar) => total + bar[key], 0);

/** What went through a tunnel: bars for the eye, a table for everybody else. */
export function TrafficChart({ traffic, resolution, now, href }: TrafficChartProps) {
  const bars = trafficBars(traffic, resolution, now);
  const { each, start } = looks[resolution];
  const tabs = Object.entries(looks).map(([key, { tab }]) => ({
    label: tab,
    href: key === "minute" ? href : `${href}?resolution=${key}`,
    isCurrent: key === resolution,
  }));
  return (
    <Card
      title="Traffic"
      description={`${bytesText(sum(bars, "txBytes"))} to the device, ${bytesText(sum(bars, "rxBytes"))} from it. ${each}`}
    >
      <LinkTabs label="How far back" tabs={tabs} />
      <Bars bars={bars} />
      <p aria-hidden className="mt-1 flex justify-between ps-16 text-2xs text-muted">
        <span>{start}</span>
        <span>Now</span>
      </p>
      <TrafficTable bars={bars} hasTime={resolution !== "day"} />
    </Card>
  );
}

/** What the device gets stands above the line, what it sends hangs below. */
function Bars({ bars }: { bars: readonly TrafficBar[] }) {
  const top = bytesScaleTop(Math.max(...bars.flatMap(({ rxBytes, txBytes }) => [rxBytes, txBytes])));
  const label = `${bytesText(top)}`;
  return (
    <div className="mt-4 flex gap-2">
      <span aria-hidden className="flex w-14 shrink-0 flex-col justify-between text-end text-2xs text-muted">
        <span>{label}</span>
        <span>To it</span>
        <span>From it</span>
        <span>{label}</span>
      </span>
      <svg
        aria-hidden
        viewBox={`0 0 ${WIDTH} ${2 * HALF}`}
        preserveAspectRatio="none"
        className="h-40 w-full min-w-0 flex-1"
      >
        {[0, HALF, 2 * HALF].map((y) => (
          <line key={y} x1="0" x2={WIDTH} y1={y} y2={y} vectorEffect="non-scaling-stroke" className="stroke-line" />
        ))}
        <path d={pathOf(bars, (bar) => (-bar.txBytes / top) * HALF)} className="fill-accent" />
        <path d={pathOf(bars, (bar) => (bar.rxBytes / top) * HALF)} className="fill-success" />
      </svg>
    </div>
  );
}

/** All bars in one path; where there was traffic there is something to see. */
function pathOf(bars: readonly TrafficBar[], heightOf: (bar: TrafficBar) => number): string {
  const step = WIDTH / bars.length;
  const round = (value: number) => Math.round(value * 100) / 100;
  return bars
    .map((bar, at) => {
      const height = heightOf(bar);
      if (height === 0) return "";
      const visible = Math.sign(height) * Math.max(1, Math.abs(height));
      return `M${round(at * step)} ${HALF}h${round(step * 0.8)}v${round(visible)}h${round(-step * 0.8)}z`;
    })
    .join("");
}
