/** An app as a file: in which format, which version, and what that format cannot say. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, Download, Info } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ExportedFile, exportQuery, type FileFormat, versionsQuery } from "@/api";
import { Button, CopyButton, Dialog, ErrorCard, Field, Segmented, Select, Skeleton, Tag } from "@/kit";
import styles from "./ExportDialog.module.css";
import { saveText } from "./saveText";
import { useFaultLine } from "./useFaultLine";

const DRAFT = "draft";

export function ExportDialog({ app, version = null, onClose }: { app: { id: string; name: string } | null; version?: number | null; onClose: () => void }) {
  const { t } = useTranslation("apps");
  return (
    <Dialog open={app !== null} onOpenChange={(open) => !open && onClose()} title={t("exporting.title", { name: app?.name ?? "" })} description={t("exporting.lead")}>
      {app && <ExportForm key={`${app.id}:${version ?? DRAFT}`} appId={app.id} first={version} onClose={onClose} />}
    </Dialog>
  );
}

function ExportForm({ appId, first, onClose }: { appId: string; first: number | null; onClose: () => void }) {
  const { t } = useTranslation("apps");
  const [format, setFormat] = useState<FileFormat>("weft");
  const [version, setVersion] = useState(first);
  const versions = useQuery(versionsQuery(appId)).data?.items ?? [];
  const file = useQuery({ ...exportQuery(appId, format, version), retry: false });
  return (
    <div className={styles.form}>
      <div className={styles.choices}>
        <Field label={t("exporting.format")}><Segmented<FileFormat> label={t("exporting.format")} value={format} onChange={setFormat} options={[{ value: "weft", label: "Weft YAML" }, { value: "dify", label: "Dify YAML" }]} /></Field>
        <Field label={t("exporting.version")} className={styles.version}>
          <Select value={version === null ? DRAFT : String(version)} onChange={(value) => setVersion(value === DRAFT ? null : Number(value))} options={[{ value: DRAFT, label: t("exporting.draft") }, ...versions.map(({ number, is_live, note }) => ({ value: String(number), label: `v${number}${is_live ? ` · ${t("exporting.live")}` : ""}`, hint: note || undefined }))]} />
        </Field>
      </div>
      {file.isPending && <Skeleton height={40} />}
      {file.isError && <ErrorCard compact title={t("exporting.failed")} error={file.error} onRetry={() => void file.refetch()} />}
      {file.data && <Issues file={file.data} />}
      <div className={styles.buttons}>
        {file.data && <CopyButton text={file.data.text} label={t("exporting.copy")} />}
        <Button variant="primary" icon={<Download />} disabled={!file.data} loading={file.isFetching} onClick={() => { if (file.data) { saveText(file.data.filename, file.data.text); onClose(); } }}>{t("exporting.save")}</Button>
      </div>
    </div>
  );
}

function Issues({ file }: { file: ExportedFile }) {
  const { t } = useTranslation("apps");
  const lineOf = useFaultLine();
  if (file.issues.length === 0) return <p className={styles.whole} role="status"><CircleCheck size={16} aria-hidden />{t("exporting.whole", { name: file.filename })}</p>;
  return (
    <section className={styles.issues} aria-label={t("exporting.lost")}>
      <p className={styles.head}><Info size={16} aria-hidden /><span>{t("exporting.lost")}</span><Tag>{file.issues.length}</Tag></p>
      <ul>{file.issues.map((issue, i) => <li key={i}>{lineOf(issue)}{issue.node_id && <code> {issue.node_id}</code>}</li>)}</ul>
    </section>
  );
}
