"use client";

import { useRouter } from "next/navigation";
import { useCallback, useState, useTransition } from "react";
import { isDeclined, type Problem, problemOf } from "@/components/form/problem";
import { toast } from "@/components/ui/toast";

interface ActionOptions<Output> {
  /** The toast after success. */
  success?: string | ((output: Output) => string);
  /** Own titles for problems by code; the problem's sentence follows. */
  problems?: Readonly<Record<string, string>>;
  onDone?: (output: Output) => void;
}

/** Shows a problem as a toast. The code, never the text, decides what it says beyond the server's sentence. */
export function toastProblem(problem: Problem, titles: Readonly<Record<string, string>> = {}): void {
  if (isDeclined(problem)) return;
  const title = titles[problem.code];
  toast({
    title: title ?? problem.message,
    description: title
      ? problem.message
      : problem.requestId && problem.code === "internal"
        ? `Reference: ${problem.requestId}`
        : undefined,
    tone: "danger",
  });
}

/**
 * A change on the server, from a button: busy while it runs, a toast at the end, and the page's data read again.
 * @returns `start` for buttons; `run`, which rejects after the toast, for confirmations that stay open then; `isBusy`
 */
export function useAction<Input extends readonly unknown[], Output>(
  mutate: (...input: Input) => Promise<Output>,
  { success, problems, onDone }: ActionOptions<Output> = {},
) {
  const router = useRouter();
  const [isRunning, setIsRunning] = useState(false);
  const [isRefreshing, startRefresh] = useTransition();
  const run = useCallback(
    async (...input: Input): Promise<Output> => {
      setIsRunning(true);
      try {
        const output = await mutate(...input);
        if (success) toast({ title: typeof success === "function" ? success(output) : success });
        onDone?.(output);
        startRefresh(() => router.refresh());
        return output;
      } catch (error) {
        toastProblem(problemOf(error), problems);
        throw error;
      } finally {
        setIsRunning(false);
      }
    },
    [mutate, success, problems, onDone, router],
  );
  const start = useCallback((...input: Input): void => void run(...input).catch(() => undefined), [run]);
  return { start, run, isBusy: isRunning || isRefreshing };
}
