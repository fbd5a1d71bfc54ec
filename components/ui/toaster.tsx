"use client";

import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { buttonClass } from "./button-look";
import { IconButton } from "./icon-button";
import { type ToastData, toastManager } from "./toast";

const icons: Record<ToastData["tone"], React.ReactNode> = {
  success: <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />,
  danger: <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />,
  neutral: <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-accent-ink" />,
};

/** Where toasts appear; once, near the root. F6 moves the focus there. */
export function Toaster() {
  return (
    <Toast.Provider toastManager={toastManager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-3 bottom-3 z-60 flex flex-col gap-2 outline-none sm:start-auto sm:w-96">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager<ToastData>();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["right", "down"]}
      className="popup flex items-start gap-2.5 py-2 ps-3.5 pe-2 data-limited:hidden"
    >
      <span className="mt-1">{icons[toast.data?.tone ?? "neutral"]}</span>
      <Toast.Content className="min-w-0 flex-1 py-1">
        <Toast.Title className="text-sm font-medium break-words" />
        <Toast.Description className="mt-0.5 text-sm break-words text-muted" />
        {toast.actionProps ? <Toast.Action className={buttonClass({ size: "small", className: "mt-2" })} /> : null}
      </Toast.Content>
      <Toast.Close render={<IconButton label="Dismiss" hasTooltip={false} />}>
        <X aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}
