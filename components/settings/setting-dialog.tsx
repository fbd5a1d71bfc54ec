"use client";

import { useRouter } from "next/navigation";
import { z } from "zod";
import { NumberField, SwitchField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { type Setting, SettingValue } from "@/server/modules/settings/schema";
import { settingLabels, valueText } from "./setting-words";

// What it may be is the template's to say, and the server asks that.
const Schema = z.object({ value: SettingValue });

interface SettingDialogProps {
  setting: Setting;
  onClose: () => void;
}

/** Changes one setting. */
export function SettingDialog({ setting, onClose }: SettingDialogProps) {
  const { name, description, value, defaultValue, template } = setting;
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { value },
    submit: (values) => trpc.settings.update.mutate({ setting: name, ...values }),
    onDone: (changed) => {
      toast({ title: `${settingLabels[name]}: ${valueText(name, changed.value).toLowerCase()}` });
      onClose();
      router.refresh();
    },
  });
  const usual = `Usually: ${valueText(name, defaultValue).toLowerCase()}.`;
  return (
    <FormDialog
      form={form}
      title={settingLabels[name]}
      description={`${description}. It counts at once.`}
      submitLabel="Save"
      onClose={onClose}
    >
      {template.type === "boolean" ? (
        <SwitchField name="value" label="Needed" description={usual} />
      ) : (
        <NumberField
          name="value"
          label={name === "device.lifetime_days" ? "Days" : "Devices"}
          description={`${template.minimum} to ${template.maximum.toLocaleString("en-GB")}. ${usual}`}
          autoFocus
          min={template.minimum}
          max={template.maximum}
        />
      )}
    </FormDialog>
  );
}
