"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactNode } from "react";
import { z } from "zod";
import { ConfirmProvider } from "@/components/ui/confirm";
import { TimeProvider } from "@/components/ui/time-context";
import { Toaster } from "@/components/ui/toaster";

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
  return (
    <CSPProvider disableStyleElements>
      <TimeProvider renderedAt={renderedAt} locale={locale} timeZone={timeZone}>
        <Tooltip.Provider delay={400}>
          <ConfirmProvider>{children}</ConfirmProvider>
        </Tooltip.Provider>
        <Toaster />
      </TimeProvider>
    </CSPProvider>
  );
}
