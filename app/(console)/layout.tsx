import type { ReactNode } from "react";
import { accountPages } from "@/components/account/account-pages";
import { AppShell } from "@/components/shell/app-shell";
import { api, currentUser } from "@/server/trpc/caller";

/** The shell around every console page. It guards nothing: pages and operations do. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  if (!user) return children;
  const { displayName, username, email } = user;
  const navigation = await (await api()).navigation.get();
  return (
    <AppShell
      user={{ name: displayName, detail: email ?? (displayName === username ? null : username) }}
      permissions={[...user.permissions]}
      navigation={navigation}
      accountLinks={accountPages}
    >
      {children}
    </AppShell>
  );
}
