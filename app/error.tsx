"use client";

import { type ErrorPageProps, ErrorPanel } from "@/components/shell/error-panel";

export default function ErrorPage(props: ErrorPageProps) {
  return (
    <main>
      <title>Something went wrong · Keyward</title>
      <ErrorPanel {...props} />
    </main>
  );
}
