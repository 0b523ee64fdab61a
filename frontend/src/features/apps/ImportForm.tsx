/** An app from a Weft or Dify file. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileCode2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, type Fault, importApp } from "@/api";
import { Button, ErrorCard, FileDrop, IconButton, useFormat } from "@/kit";
import styles from "./ImportForm.module.css";

export function ImportForm({ onCreated, onCancel }: { onCreated: (app: App, faults: readonly Fault[]) => void; onCancel: () => void }) {
  const { t } = useTranslation("apps");
  const format = useFormat();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const load = useMutation({
    mutationFn: async (chosen: File) => importApp(await chosen.text()),
    onSuccess: ({ app, faults }) => {
      void client.invalidateQueries({ queryKey: appKeys.all });
      onCreated(app, faults);
    },
  });
  const choose = (next: File | null) => {
    setFile(next);
    load.reset();
  };
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (file) load.mutate(file); }}>
      {!file && <FileDrop multiple={false} accept=".yml,.yaml,.json,.txt" title={t("import.drop")} hint={t("import.hint")} onFiles={(files) => choose(files[0] ?? null)} />}
      {file && (
        <div className={styles.file}>
          <FileCode2 size={18} />
          <span className={styles.name}>{file.name}</span>
          <span className={styles.size}>{format.bytes(file.size)}</span>
          <IconButton size="sm" label={t("import.remove")} icon={<X />} onClick={() => choose(null)} />
        </div>
      )}
      {load.isError && <ErrorCard compact title={t("import.failed")} error={load.error} where={file?.name} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!file} loading={load.isPending}>{t("import.button")}</Button>
      </div>
    </form>
  );
}
