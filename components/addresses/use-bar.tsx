interface UseBarProps {
  used: number;
  capacity: number;
}

const MARKS = [
  { from: 95, look: "fill-danger" },
  { from: 80, look: "fill-warning" },
  { from: 0, look: "fill-accent" },
];

/** How much of a pool is in use: in words, with a bar for the eye. */
export function UseBar({ used, capacity }: UseBarProps) {
  const percent = capacity === 0 ? 100 : Math.floor((used * 100) / capacity);
  const look = MARKS.find(({ from }) => percent >= from)?.look;
  return (
    <span className="inline-flex min-w-36 flex-col gap-1">
      <span className="tabular-nums">
        {used.toLocaleString("en-GB")} of {capacity.toLocaleString("en-GB")}{" "}
        <span className="text-muted">({percent} %)</span>
      </span>
      <svg aria-hidden viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-full">
        <rect width="100" height="6" className="fill-line" />
        <rect width={Math.min(percent, 100)} height="6" className={look} />
      </svg>
    </span>
  );
}
