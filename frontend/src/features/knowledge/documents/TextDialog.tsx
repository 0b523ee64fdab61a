/** A document written or pasted here, in plain text or Markdown. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { createTextDocument, datasetKeys } from "@/api";
import { Button, Dialog, ErrorCard, Field, Input, Textarea, useFormat } from "@/kit";
import styles from "./Dialogs.module.css";

export function TextDialog({ datasetId, open, onClose }: { datasetId: string; open: boolean; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("add.textTitle")} description={t("add.textLead")} width="lg">
      <TextForm datasetId={datasetId} onClose={onClose} />
    </Dialog>
  );
}

function TextForm({ datasetId, onClose }: { datasetId: string; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const create = useMutation({
    mutationFn: () => createTextDocument(datasetId, { name: name.trim(), text }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: datasetKeys.one(datasetId) });
    },
  });
  const isWhole = name.trim() !== "" && text.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) create.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={t("name")}>
        <Input value={name} maxLength={300} required placeholder={t("add.textExample")} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("add.words")} aside={t("chunk.letters", { count: text.length, n: format.number(text.length) })}>
        <Textarea rows={12} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      {create.isError && <ErrorCard compact title={t("add.failed")} error={create.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!isWhole} loading={create.isPending}>
          {t("add.button")}
        </Button>
      </div>
    </form>
  );
}
