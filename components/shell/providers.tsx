"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { type ReactNode, useSyncExternalStore } from "react";
import { z } from "zod";
import { ConfirmProvider } from "@/components/ui/confirm";
import { TimeProvider } from "@/components/ui/time-context";
import { Toaster } from "@/components/ui/toaster";
import { TooltipHost } from "@/components/ui/tooltip";

// In the browser, schemas would otherwise try to compile themselves, which the content security policy refuses and reports.
if (typeof window !== "undefined") z.config({ jitless: true });

interface ProvidersProps {
  /** When the server rendered, in milliseconds since 1970. */
  renderedAt: number;
  locale: string;
  timeZone?: string;
  children: ReactNode;
}

/** What every page needs around it: time, tooltips, confirmations and toasts. */
export function Providers({ renderedAt, locale, timeZone, children }: ProvidersProps) {
  // Nothing is said before the page lives: the server need not render where it would be.
  const isInBrowser = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  return (
    <CSPProvider disableStyleElements>
      <TimeProvider renderedAt={renderedAt} locale={locale} timeZone={timeZone}>
        <ConfirmProvider>{children}</ConfirmProvider>
        <TooltipHost />
        {isInBrowser ? <Toaster /> : null}
      </TimeProvider>
    </CSPProvider>
  );
}
