import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { z } from "zod";
import { safeNext } from "@/components/identity/sign-in";
import { SignInForm } from "@/components/identity/sign-in-form";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Sign in" };

const Parameters = z.object({ next: z.string().max(2000).optional(), username: z.string().max(254).optional() });

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const { next, username } = Parameters.catch({}).parse(await searchParams);
  if (await currentUser()) redirect(safeNext(next));
  const { isSetUp } = await (await api()).setup.state();
  if (!isSetUp) redirect("/setup");
  return (
    <>
      <h1 className="mb-1 text-lg font-semibold">Sign in</h1>
      <p className="mb-4 text-muted">
        {username ? "Your password is set. Sign in with it now." : "With your Keyward account."}
      </p>
      <SignInForm next={next} username={username} />
    </>
  );
}
