"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { type DefaultValues, type FieldValues, type Path, type UseFormReturn, useForm } from "react-hook-form";
import type { z } from "zod";
import { isDeclined, type Problem, problemOf } from "./problem";

interface ServerFormOptions<Input extends FieldValues, Output, Result> {
  /** The operation's own schema, shared with the server. */
  schema: z.ZodType<Output, Input>;
  defaultValues: DefaultValues<Input>;
  /** Sends the values; its refusal is put onto the fields it names. */
  submit: (values: Output) => Promise<Result>;
  onDone?: (result: Result, values: Output) => void;
}

export interface ServerForm<Input extends FieldValues, Output> {
  form: UseFormReturn<Input, unknown, Output>;
  onSubmit: (event?: React.BaseSyntheticEvent) => Promise<void>;
  isBusy: boolean;
  /** A refusal that belongs to no field. */
  problem: Problem | null;
}

const isNamed = <Input extends FieldValues>(values: Input, path: string): path is Path<Input> =>
  (path.split(".")[0] ?? "") in values;

/** Puts a refusal's complaints onto their fields, focusing the first. @returns whether it named any field of the form */
function showFieldProblems<Input extends FieldValues, Output>(
  form: UseFormReturn<Input, unknown, Output>,
  fields: Problem["fields"],
): boolean {
  const values = form.getValues();
  const known = Object.keys(fields).filter((path) => isNamed(values, path));
  for (const [at, path] of known.entries()) {
    if (isNamed(values, path)) {
      form.setError(path, { type: "server", message: fields[path] }, { shouldFocus: at === 0 });
    }
  }
  return known.length > 0;
}

/** One form: validated by the shared schema, refused by the server field by field, its input kept after a failure. */
export function useServerForm<Input extends FieldValues, Output, Result>({
  schema,
  defaultValues,
  submit,
  onDone,
}: ServerFormOptions<Input, Output, Result>): ServerForm<Input, Output> {
  const form = useForm<Input, unknown, Output>({ resolver: zodResolver(schema), defaultValues });
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (values: Output) => {
    setProblem(null);
    try {
      const result = await submit(values);
      form.reset(form.getValues());
      onDone?.(result, values);
    } catch (error) {
      const refused = problemOf(error);
      if (isDeclined(refused)) return;
      if (!showFieldProblems(form, refused.fields)) setProblem(refused);
    }
  };
  return { form, onSubmit: form.handleSubmit(send), isBusy: form.formState.isSubmitting, problem };
}
