/** Files for a run: dropped or chosen, sent at once, shown with their size. */
import { FileText, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { uploadFile, type StoredFile } from "@/api";
import { ErrorCard, FileDrop, IconButton, Spinner, useFormat } from "@/kit";
import styles from "./RunPanel.module.css";

export function FilesInput({ multiple, value, onChange }: { multiple: boolean; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation("editor");
  const { bytes } = useFormat();
  const [busy, setBusy] = useState<string[]>([]);
  const [error, setError] = useState<unknown>(null);
  const files = asFiles(value);
  const give = (next: StoredFile[]) => onChange(multiple ? next : next.at(-1));
  const take = async (chosen: File[]) => {
    setError(null);
    setBusy(chosen.map((file) => file.name));
    try {
      const stored = await Promise.all(chosen.map((file) => uploadFile(file)));
      give(multiple ? [...files, ...stored] : stored);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy([]);
    }
  };
  return (
    <div className={styles.files}>
      {files.map((file) => (
        <div key={file.id} className={styles.file}>
          <FileText size={15} />
          <span className={styles.fileName}>{file.name}</span>
          <span className={styles.quiet}>{bytes(file.size)}</span>
          <IconButton size="sm" label={t("form.remove")} icon={<X />} onClick={() => give(files.filter((other) => other.id !== file.id))} />
        </div>
      ))}
      {busy.map((name) => <div key={name} className={styles.file}><Spinner size={14} /><span className={styles.fileName}>{name}</span></div>)}
      {(multiple || files.length === 0) && busy.length === 0 && <FileDrop compact multiple={multiple} title={t(multiple ? "run.chooseFiles" : "run.chooseFile")} onFiles={(chosen) => void take(chosen)} />}
      {error ? <ErrorCard compact error={error} /> : null}
    </div>
  );
}

function asFiles(value: unknown): StoredFile[] {
  const list = Array.isArray(value) ? value : value ? [value] : [];
  return list.filter((entry): entry is StoredFile => typeof entry === "object" && entry !== null && "id" in entry);
}
