"use client";

import { Toast } from "@base-ui/react/toast";

export interface ToastData {
  tone: "success" | "danger" | "neutral";
}

/** Shared by {@link toast} and the Toaster that shows them. */
export const toastManager = Toast.createToastManager<ToastData>();

interface ToastOptions {
  title: string;
  description?: string;
  tone?: ToastData["tone"];
  /** A cheap way back, such as "Undo". */
  action?: { label: string; onSelect: () => void };
}

/** Shows a short message, from anywhere in the browser. Failures stay for 12 s and interrupt, others for 5 s. */
export function toast({ title, description, tone = "success", action }: ToastOptions): void {
  const isFailure = tone === "danger";
  toastManager.add({
    title,
    description,
    data: { tone },
    priority: isFailure ? "high" : "low",
    timeout: isFailure || action ? 12_000 : 5_000,
    actionProps: action && { children: action.label, onClick: action.onSelect },
  });
}
