import { classNames } from "./class-names";

/** A grey bar in the place of content that is loading. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classNames("block h-4 animate-pulse rounded bg-sunken", className)} />;
}

/** A page that is loading: heading and a list. */
export function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="space-y-5">
      <Skeleton className="h-7 w-48" />
      <div className="space-y-3 rounded-lg border border-line bg-surface p-4">
        {["w-1/3", "w-full", "w-11/12", "w-full", "w-4/5", "w-full", "w-2/3"].map((width, at) => (
          <Skeleton key={`${width}-${at.toString()}`} className={width} />
        ))}
      </div>
    </div>
  );
}
