"use client";

import { type ErrorPageProps, ErrorPanel } from "@/components/shell/error-panel";

export default function AccountErrorPage(props: ErrorPageProps) {
  return <ErrorPanel {...props} />;
}
