import type { ReactNode } from "react";
import { Brand } from "@/components/shell/brand";

/** Signing in and everything around it: one card in the middle. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-10">
      <div className="mb-6 flex justify-center">
        <Brand />
      </div>
      <div className="rounded-xl border border-line bg-surface p-5 sm:p-6">{children}</div>
    </main>
  );
}
