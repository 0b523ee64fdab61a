/** A window that asks for one line and acts on it; a refusal stands beside the line. */
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type libraryActions, type ModelLibrary } from "@/api";
import { Button, Dialog, ErrorCard, Field, Input, useFieldError } from "@/kit";
import { useLibraryAction } from "./useLibrary";

interface AskOneProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  /** What the server calls the line when it refuses it. */
  field: string;
  label: string;
  hint: string;
  placeholder: string;
  submit: string;
  action: (actions: typeof libraryActions, value: string) => Promise<ModelLibrary>;
}

export function AskOne({ open, onOpenChange, title, description, field, label, hint, placeholder, submit, action }: AskOneProps) {
  const { t } = useTranslation("models");
  const [value, setValue] = useState("");
  const form = useId();
  const act = useLibraryAction();
  const problem = useFieldError(act.error)(field);
  const change = (next: boolean) => {
    if (!next) {
      setValue("");
      act.reset();
    }
    onOpenChange(next);
  };
  const send = () => act.mutate((actions) => action(actions, value.trim()), { onSuccess: () => change(false) });
  return (
    <Dialog open={open} onOpenChange={change} title={title} description={description} footer={<><Button onClick={() => change(false)}>{t("form.cancel")}</Button><Button type="submit" form={form} variant="primary" loading={act.isPending}>{submit}</Button></>}>
      <form id={form} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field label={label} hint={hint} error={problem}>
          <Input required mono autoComplete="off" spellCheck={false} placeholder={placeholder} value={value} onChange={(event) => setValue(event.target.value)} />
        </Field>
        {act.isError && !problem && <ErrorCard compact error={act.error} />}
      </form>
    </Dialog>
  );
}
