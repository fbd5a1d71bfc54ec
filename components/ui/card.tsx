import type { ReactNode } from "react";
import { classNames } from "./class-names";

interface CardProps {
  title?: ReactNode;
  description?: ReactNode;
  /** Buttons at the end of the title row. */
  actions?: ReactNode;
  footer?: ReactNode;
  /** The content brings its own padding (lists, tables). */
  isFlush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A titled section on a surface of its own. */
export function Card({ title, description, actions, footer, isFlush, className, children }: CardProps) {
  return (
    <section className={classNames("min-w-0 rounded-lg border border-line bg-surface", className)}>
      {title ? (
        <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-3.5 pb-3">
          <div className="min-w-0">
            <h2 className="text-sm font-semibold">{title}</h2>
            {description ? <p className="mt-0.5 text-sm text-muted text-pretty">{description}</p> : null}
          </div>
          {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
        </header>
      ) : null}
      <div
        className={classNames(
          !isFlush && (title ? "px-4 pb-4" : "p-4"),
          isFlush && title ? "border-t border-line" : null,
        )}
      >
        {children}
      </div>
      {footer ? <footer className="border-t border-line px-4 py-3">{footer}</footer> : null}
    </section>
  );
}
