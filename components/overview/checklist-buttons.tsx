"use client";

import { useRouter } from "next/navigation";
import { Button } from "@/components/ui/button";
import { hideChecklist } from "./checklist-cookie";

function useHide() {
  const router = useRouter();
  return (isHidden: boolean) => {
    hideChecklist(isHidden);
    router.refresh();
  };
}

export function HideChecklistButton() {
  const hide = useHide();
  return (
    <Button size="small" variant="ghost" onClick={() => hide(true)}>
      Hide
    </Button>
  );
}

export function ShowChecklistButton({ left }: { left: number }) {
  const hide = useHide();
  return (
    <Button onClick={() => hide(false)}>
      Show {left} open {left === 1 ? "step" : "steps"}
    </Button>
  );
}
