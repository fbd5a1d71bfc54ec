"use client";

import { useState } from "react";
import { type RegisterOptions, type UseFormRegisterReturn, useFormContext } from "react-hook-form";

/** A control's registration with what it holds, so that it is right in the page as served. */
export type Registration = UseFormRegisterReturn & {
  defaultValue?: string | number;
  defaultChecked?: boolean;
};

interface ControlOptions {
  /** It is on or off. */
  isTicked?: boolean;
  register?: RegisterOptions;
}

/**
 * Registers a native control. With its default in the document, the form can tell what was entered before the page came
 * to life, and keeps it.
 */
export function useControl(name: string, { isTicked, register: options }: ControlOptions): Registration {
  const { register, getValues } = useFormContext();
  // As it was at first: what is typed, a password for one, has no business in the document.
  const [value] = useState<unknown>(() => getValues(name));
  const held = isTicked ? { defaultChecked: value === true } : { defaultValue: textOf(value) };
  return { ...register(name, options), ...held };
}

const textOf = (value: unknown): string | number =>
  typeof value === "string" || typeof value === "number" ? value : "";
