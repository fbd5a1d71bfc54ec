"use client";

import { type ReactNode, useId } from "react";
import type { FieldValues } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Form } from "./form";
import type { ServerForm } from "./use-server-form";

interface FormDialogProps<Input extends FieldValues, Output> {
  form: ServerForm<Input, Output>;
  title: ReactNode;
  description?: ReactNode;
  /** The verb on the button: "Create token". */
  submitLabel: string;
  size?: "small" | "medium" | "large";
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog: fields inside, cancel and submit at its foot. It is open for as long as it is rendered. */
export function FormDialog<Input extends FieldValues, Output>(props: FormDialogProps<Input, Output>) {
  const { form, title, description, submitLabel, size, onClose, children } = props;
  const id = useId();
  return (
    <Dialog
      isOpen
      isLocked={form.isBusy}
      onOpenChange={onClose}
      title={title}
      description={description}
      size={size}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} variant="primary" isBusy={form.isBusy}>
            {submitLabel}
          </Button>
        </>
      }
    >
      <Form form={form} id={id}>
        {children}
      </Form>
    </Dialog>
  );
}
