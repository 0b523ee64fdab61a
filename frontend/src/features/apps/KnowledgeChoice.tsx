/** What a chat over documents answers from: a knowledge base that exists, or files dropped here. */
import { FileText, X } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetsQuery, uploadLimitQuery } from "@/api";
import { Combobox, Field, FileDrop, IconButton, useFormat } from "@/kit";
import styles from "./KnowledgeChoice.module.css";

const ACCEPT = ".pdf,.docx,.md,.markdown,.txt,.html,.htm";

export interface Knowledge {
  datasetId: string | null;
  files: File[];
}

export function KnowledgeChoice({ value, onChange }: { value: Knowledge; onChange: (value: Knowledge) => void }) {
  const { t } = useTranslation("apps");
  const format = useFormat();
  const limit = useQuery(uploadLimitQuery).data ?? null;
  const datasets = useQuery(datasetsQuery);
  const options = (datasets.data?.items ?? []).map((dataset) => ({ value: dataset.id, label: dataset.name, hint: t("newApp.documents", { count: dataset.document_count }) }));
  const [refused, setRefused] = useState<File[]>([]);
  const add = (chosen: File[]) => {
    const isTooLarge = (file: File) => limit !== null && file.size > limit;
    const files = chosen.filter((file) => !isTooLarge(file));
    setRefused(chosen.filter(isTooLarge));
    onChange({ datasetId: null, files: [...value.files.filter((old) => !files.some((file) => file.name === old.name)), ...files] });
  };

  return (
    <div className={styles.block}>
      {options.length > 0 && value.files.length === 0 && (
        <Field label={t("newApp.dataset")} optional={t("newApp.optional")}>
          <Combobox value={value.datasetId} onChange={(datasetId) => onChange({ datasetId, files: [] })} options={options} placeholder={t("newApp.chooseDataset")} />
        </Field>
      )}
      {value.datasetId === null && <FileDrop compact accept={ACCEPT} title={t(options.length > 0 ? "newApp.orDrop" : "newApp.drop")} hint={limit === null ? t("newApp.dropHint") : t("newApp.dropHintLimit", { limit: format.limit(limit) })} onFiles={add} />}
      {refused.map((file) => <p key={file.name} className={styles.refused} role="alert">{t("newApp.tooLarge", { name: file.name, size: format.bytes(file.size), limit: format.limit(limit ?? 0) })}</p>)}
      {value.files.length > 0 && (
        <ul className={styles.files} aria-label={t("newApp.files")}>
          {value.files.map((file) => (
            <li key={file.name} className={styles.file}>
              <FileText size={15} />
              <span className={styles.name}>{file.name}</span>
              <span className={styles.size}>{format.bytes(file.size)}</span>
              <IconButton size="sm" label={t("newApp.removeFile", { name: file.name })} icon={<X />} onClick={() => onChange({ ...value, files: value.files.filter((one) => one !== file) })} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
