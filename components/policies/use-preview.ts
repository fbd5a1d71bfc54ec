"use client";

import { useEffect, useState } from "react";
import { useFormContext, useFormState, useWatch } from "react-hook-form";
import { problemOf } from "@/components/form/problem";
import { POSTED, trpc } from "@/components/trpc/client";
import { PolicyForm, type PolicyFormValues } from "./policy-form-schema";

export type FoundPreview = Awaited<ReturnType<typeof trpc.policies.preview.query>>;

type Asked = { state: "unchanged" } | { state: "incomplete" } | { state: "failed"; message: string };
export type PreviewState = Asked | { state: "found" | "asking"; found: FoundPreview | null };

const DELAY_MS = 500;

/** What saving the form would change, asked half a second after the last change. */
export function usePreview(id: string | null): PreviewState {
  const { control } = useFormContext<PolicyFormValues>();
  const { isDirty } = useFormState({ control });
  const { isOverride: _, ...values } = useWatch({ control });
  const text = JSON.stringify(values);
  const [preview, setPreview] = useState<PreviewState>({ state: "unchanged" });
  useEffect(() => {
    if (!isDirty) {
      setPreview({ state: "unchanged" });
      return;
    }
    const parsed = PolicyForm.safeParse({ ...JSON.parse(text), isOverride: false });
    if (!parsed.success) {
      setPreview({ state: "incomplete" });
      return;
    }
    let isOvertaken = false;
    const timer = setTimeout(async () => {
      setPreview((before) => ({ state: "asking", found: "found" in before ? before.found : null }));
      const next = await trpc.policies.preview.query({ ...parsed.data, id }, POSTED).then(
        (found): PreviewState => ({ state: "found", found }),
        (error: unknown): PreviewState => ({ state: "failed", message: problemOf(error).message }),
      );
      if (!isOvertaken) setPreview(next);
    }, DELAY_MS);
    return () => {
      isOvertaken = true;
      clearTimeout(timer);
    };
  }, [text, isDirty, id]);
  return preview;
}
