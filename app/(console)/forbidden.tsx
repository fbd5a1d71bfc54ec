import type { Metadata } from "next";
import { ForbiddenPanel } from "@/components/shell/forbidden-panel";

export const metadata: Metadata = { title: "Not allowed" };

export default function ConsoleForbiddenPage() {
  return <ForbiddenPanel />;
}
