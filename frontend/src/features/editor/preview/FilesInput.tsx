/** Files for a run: dropped or chosen, sent at once with progress and a way to stop, shown with their size. */
import { FileText, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StoredFile } from "@/api";
import { ErrorCard, FileDrop, IconButton, Progress, useFormat } from "@/kit";
import styles from "./RunPanel.module.css";
import { useUploads } from "./useUploads";

export function FilesInput({ multiple, value, onChange }: { multiple: boolean; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation("editor");
  const { bytes } = useFormat();
  const files = asFiles(value);
  const give = (next: StoredFile[]) => onChange(multiple ? next : next.at(-1));
  const { underWay, error, send } = useUploads((stored) => give(multiple ? [...files, ...stored] : stored));
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
      {underWay.map((upload) => (
        <div key={upload.key} className={styles.file}>
          <FileText size={15} />
          <span className={styles.sending}>
            <span className={styles.fileName}>{upload.name}</span>
            <Progress thin value={upload.share} label={upload.name} />
          </span>
          <IconButton size="sm" label={t("form.cancel")} icon={<X />} onClick={upload.cancel} />
        </div>
      ))}
      {(multiple || files.length === 0) && underWay.length === 0 && (
        <FileDrop compact multiple={multiple} title={t(multiple ? "run.chooseFiles" : "run.chooseFile")} onFiles={(chosen) => void send(chosen)} />
      )}
      {error ? <ErrorCard compact error={error} /> : null}
    </div>
  );
}

function asFiles(value: unknown): StoredFile[] {
  const list = Array.isArray(value) ? value : value ? [value] : [];
  return list.filter((entry): entry is StoredFile => typeof entry === "object" && entry !== null && "id" in entry);
}
