import { bytesText } from "@/components/ui/bytes";
import type { TrafficBar } from "./traffic-bars";

const day = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
const dayFormat = new Intl.DateTimeFormat("en-GB", day);
const timeFormat = new Intl.DateTimeFormat("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });

/** The chart in numbers, the latest first; times without traffic are left out. */
export function TrafficTable({ bars, hasTime }: { bars: readonly TrafficBar[]; hasTime: boolean }) {
  const busy = bars.filter(({ rxBytes, txBytes }) => rxBytes + txBytes > 0).reverse();
  if (busy.length === 0) return <p className="mt-3 text-muted">Nothing went through it in this time.</p>;
  const format = hasTime ? timeFormat : dayFormat;
  return (
    <details className="mt-3">
      <summary className="w-fit cursor-pointer rounded font-medium">Show as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label="Traffic as a table" tabIndex={0} className="mt-2 max-h-80 overflow-y-auto">
        <table className="w-full text-start tabular-nums">
          <caption className="sr-only">Traffic, the latest first</caption>
          <thead className="text-muted">
            <tr>
              <th scope="col" className="py-1 text-start font-medium">
                {hasTime ? "From (UTC)" : "Day (UTC)"}
              </th>
              <th scope="col" className="py-1 ps-3 text-end font-medium">
                To it
              </th>
              <th scope="col" className="py-1 ps-3 text-end font-medium">
                From it
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {busy.map(({ at, rxBytes, txBytes }) => (
              <tr key={at.getTime()}>
                <th scope="row" className="py-1 text-start font-normal">
                  {format.format(at)}
                </th>
                <td className="py-1 ps-3 text-end whitespace-nowrap">{bytesText(txBytes)}</td>
                <td className="py-1 ps-3 text-end whitespace-nowrap">{bytesText(rxBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
