import { Card } from "@/components/ui/card";
import type { Overview } from "@/server/modules/overview/schema";

type Days = Overview["enrolments"];

const WIDTH = 560;
const HEIGHT = 120;
const GAP = 8;

const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const dayText = (day: string): string => short.format(new Date(day));

/** The top of the scale: the next of 1, 2, 5, 10, 20, 50 … */
export function scaleTop(highest: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, highest)));
  return [1, 2, 5, 10].map((step) => step * magnitude).find((top) => top >= highest) ?? 1;
}

/** Devices enrolled per day: bars for the eye, a table for everybody else. */
export function EnrolmentChart({ days }: { days: Days }) {
  const total = days.reduce((sum, { count }) => sum + count, 0);
  return (
    <Card title="Enrolments" description={`${total.toLocaleString("en-GB")} in the last ${days.length} days (UTC)`}>
      <Bars days={days} />
      <table className="sr-only">
        <caption>Devices enrolled per day</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Devices</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, count }) => (
            <tr key={day}>
              <th scope="row">{dayText(day)}</th>
              <td>{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Bars({ days }: { days: Days }) {
  const top = scaleTop(Math.max(...days.map(({ count }) => count), 0));
  const step = WIDTH / days.length;
  const heightOf = (count: number) => (count / top) * HEIGHT;
  return (
    <div>
      <div className="flex gap-2">
        <span
          aria-hidden
          className="flex w-6 shrink-0 flex-col justify-between text-end text-2xs text-muted tabular-nums"
        >
          <span>{top}</span>
          <span>0</span>
        </span>
        <svg
          aria-hidden
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-32 w-full min-w-0 flex-1"
        >
          {[0, HEIGHT / 2, HEIGHT].map((y) => (
            <line key={y} x1="0" x2={WIDTH} y1={y} y2={y} vectorEffect="non-scaling-stroke" className="stroke-line" />
          ))}
          {days.map(({ day, count }, at) => (
            <g key={day}>
              <title>{`${dayText(day)}: ${count}`}</title>
              <rect x={at * step} y="0" width={step} height={HEIGHT} className="fill-transparent" />
              <rect
                x={at * step + GAP / 2}
                y={HEIGHT - heightOf(count)}
                width={step - GAP}
                height={heightOf(count)}
                className="fill-accent"
              />
            </g>
          ))}
        </svg>
      </div>
      <p aria-hidden className="mt-1 flex justify-between ps-8 text-2xs text-muted">
        <span>{dayText(days[0]?.day ?? "")}</span>
        <span>{dayText(days.at(-1)?.day ?? "")}</span>
      </p>
    </div>
  );
}
