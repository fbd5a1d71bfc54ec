"use client";

import { ChevronLeft, ChevronRight, ChevronsLeft } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useId } from "react";
import { Button } from "./button";
import { buttonClass } from "./button-look";
import { Select } from "./select";

export const PAGE_SIZES = [10, 25, 50, 100] as const;

interface PaginationProps {
  /** How much there is, in words. */
  summary: ReactNode;
  firstHref: string | null;
  previousHref: string | null;
  nextHref: string | null;
  size: number;
  onSizeChange: (size: number) => void;
}

/** Back and forth through a list that pages by cursor. */
export function Pagination({ summary, firstHref, previousHref, nextHref, size, onSizeChange }: PaginationProps) {
  const sizeId = useId();
  const sizes = [...new Set<number>([...PAGE_SIZES, size])].sort((a, b) => a - b);
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="text-muted">{summary}</div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="flex items-center gap-2">
          <label htmlFor={sizeId} className="whitespace-nowrap text-muted">
            Rows per page
          </label>
          <Select
            id={sizeId}
            className="w-18!"
            value={size.toString()}
            onChange={(event) => onSizeChange(Number(event.target.value))}
            options={sizes.map((each) => ({ value: each.toString(), label: each.toString() }))}
          />
        </div>
        <div className="flex gap-1">
          <PageLink
            href={firstHref}
            label="First page"
            reason="This is the first page"
            icon={<ChevronsLeft aria-hidden className="rtl:rotate-180" />}
          />
          <PageLink
            href={previousHref}
            label="Previous page"
            reason="This is the first page"
            icon={<ChevronLeft aria-hidden className="rtl:rotate-180" />}
          />
          <PageLink
            href={nextHref}
            label="Next page"
            reason="This is the last page"
            icon={<ChevronRight aria-hidden className="rtl:rotate-180" />}
          />
        </div>
      </div>
    </nav>
  );
}

function PageLink({
  href,
  label,
  icon,
  reason,
}: {
  href: string | null;
  label: string;
  icon: ReactNode;
  reason: string;
}) {
  if (href === null) {
    return (
      <Button aria-label={label} disabledReason={reason} className="w-8 px-0!">
        {icon}
      </Button>
    );
  }
  return (
    <Link
      href={href}
      prefetch={false}
      scroll={false}
      aria-label={label}
      className={buttonClass({ className: "w-8 px-0!" })}
    >
      {icon}
    </Link>
  );
}
