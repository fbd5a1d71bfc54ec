"use client";

import { type ErrorPageProps, ErrorPanel } from "@/components/shell/error-panel";
import "./globals.css";

/** When not even the root layout could be rendered. */
export default function GlobalErrorPage(props: ErrorPageProps) {
  return (
    <html lang="en" data-theme="system">
      <body>
        <title>Something went wrong · Keyward</title>
        <main>
          <ErrorPanel {...props} />
        </main>
      </body>
    </html>
  );
}
