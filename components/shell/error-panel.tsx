"use client";

import { useEffect } from "react";
import { Button, LinkButton } from "@/components/ui/button";
import { ProblemPage } from "./problem-page";

export interface ErrorPageProps {
  error: unknown;
  retry: () => void;
}

function digestOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("digest" in error)) return undefined;
  return typeof error.digest === "string" ? error.digest : undefined;
}

/** What a page shows when it failed. The server logged why; the reference leads there. */
export function ErrorPanel({ error, retry }: ErrorPageProps) {
  const digest = digestOf(error);
  useEffect(() => console.error(error), [error]);
  return (
    <ProblemPage
      title="This page could not be shown"
      description={
        <>
          <p>Something went wrong on the way. You are still signed in, and nothing was changed.</p>
          {digest ? (
            <p className="mt-1">
              Reference: <code className="font-mono text-xs">{digest}</code>
            </p>
          ) : null}
        </>
      }
      actions={
        <>
          <Button variant="primary" onClick={() => retry()}>
            Try again
          </Button>
          <LinkButton href="/">Go to the start page</LinkButton>
        </>
      }
    />
  );
}
