"use client";

import { signOut } from "next-auth/react";
import { useState } from "react";
import { Button } from "@/components/ui/button";

/** Ends this browser's session. */
export function SignOutButton() {
  const [isBusy, setIsBusy] = useState(false);
  const leave = async () => {
    setIsBusy(true);
    await signOut({ redirect: false }).catch(() => undefined);
    window.location.assign("/sign-in");
  };
  return (
    <Button variant="primary" isBusy={isBusy} onClick={leave}>
      Sign out
    </Button>
  );
}
