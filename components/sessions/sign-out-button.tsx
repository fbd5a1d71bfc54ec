"use client";

import { useState } from "react";
import { problemOf } from "@/components/form/problem";
import { postHandshake } from "@/components/identity/handshake";
import { toastProblem } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/button";

/** Ends this browser's session. */
export function SignOutButton() {
  const [isBusy, setIsBusy] = useState(false);
  const leave = async () => {
    setIsBusy(true);
    try {
      await postHandshake("signout", {});
      // A full load, so that nothing of the session stays in memory.
      window.location.assign("/sign-in");
    } catch (error) {
      // Never pretend: the session still stands.
      setIsBusy(false);
      toastProblem(problemOf(error));
    }
  };
  return (
    <Button variant="primary" isBusy={isBusy} onClick={leave}>
      Sign out
    </Button>
  );
}
