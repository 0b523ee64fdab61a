/** An app from a Weft or Dify file: the file or its text, what it needs, then the app. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileCode2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, type Fault, importApp, previewImport } from "@/api";
import { Button, ErrorCard, Field, FileDrop, IconButton, Input, Progress, Textarea, useFormat } from "@/kit";
import styles from "./ImportForm.module.css";
import { ReportView } from "./ReportView";

interface Chosen {
  name: string;
  size: number;
  text: string;
}

export function ImportForm({ onCreated, onCancel }: { onCreated: (app: App, faults: readonly Fault[]) => void; onCancel: () => void }) {
  const { t } = useTranslation("apps");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  if (!chosen) return <Choice onChosen={setChosen} onCancel={onCancel} />;
  return <Review key={chosen.text} chosen={chosen} label={chosen.name || t("import.pasted")} onCreated={onCreated} onCancel={onCancel} onOther={() => setChosen(null)} />;
}

function Choice({ onChosen, onCancel }: { onChosen: (chosen: Chosen) => void; onCancel: () => void }) {
  const { t } = useTranslation("apps");
  const [text, setText] = useState("");
  const read = useMutation({ mutationFn: async (file: File) => ({ name: file.name, size: file.size, text: await file.text() }), onSuccess: onChosen });
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); onChosen({ name: "", size: new Blob([text]).size, text }); }}>
      <FileDrop multiple={false} accept=".yml,.yaml,.json,.txt" title={t("import.drop")} hint={t("import.hint")} onFiles={([file]) => file && read.mutate(file)} />
      {read.isError && <ErrorCard compact title={t("import.notRead")} error={read.error} />}
      <Field label={t("import.paste")}><Textarea mono rows={6} className={styles.text} spellCheck={false} value={text} placeholder={"app:\n  mode: advanced-chat\nkind: app\nversion: 0.5.0"} onChange={(event) => setText(event.target.value)} /></Field>
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!text.trim()}>{t("import.review")}</Button>
      </div>
    </form>
  );
}

interface ReviewProps {
  chosen: Chosen;
  label: string;
  onCreated: (app: App, faults: readonly Fault[]) => void;
  onCancel: () => void;
  onOther: () => void;
}

function Review({ chosen, label, onCreated, onCancel, onOther }: ReviewProps) {
  const { t } = useTranslation("apps");
  const format = useFormat();
  const client = useQueryClient();
  const preview = useQuery({ queryKey: ["import", chosen.text], queryFn: ({ signal }) => previewImport(chosen.text, signal), retry: false, gcTime: 0, staleTime: Infinity });
  const [name, setName] = useState<string | null>(null);
  const called = name ?? preview.data?.report.name ?? "";
  const create = useMutation({
    mutationFn: () => importApp(chosen.text, called.trim()),
    onSuccess: ({ app, faults }) => {
      void client.invalidateQueries({ queryKey: appKeys.all });
      onCreated(app, faults);
    },
  });
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); create.mutate(); }}>
      <div className={styles.file}>
        <FileCode2 size={18} aria-hidden />
        <span className={styles.name}>{label}</span>
        <span className={styles.size}>{format.bytes(chosen.size)}</span>
        <IconButton size="sm" label={t("import.remove")} icon={<X />} onClick={onOther} />
      </div>
      {preview.isPending && <Progress value={null} label={t("import.reading")} />}
      {preview.isError && <ErrorCard compact title={t("import.unreadable")} error={preview.error} where={label} onRetry={() => void preview.refetch()} />}
      {preview.data && (
        <>
          <Field label={t("newApp.name")}><Input value={called} maxLength={120} required onChange={(event) => setName(event.target.value)} /></Field>
          <ReportView preview={preview.data} />
        </>
      )}
      {create.isError && <ErrorCard compact title={t("import.failed")} error={create.error} where={label} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!preview.data || !called.trim()} loading={create.isPending}>{t("newApp.button")}</Button>
      </div>
    </form>
  );
}
