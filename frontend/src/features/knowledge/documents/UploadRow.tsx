/** A file on its way: how much has left, or why it was refused. */
import { CircleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ErrorCard, IconButton, Progress, useFormat } from "@/kit";
import { extensionOf } from "../files";
import { type Upload } from "../uploads";
import row from "./DocumentRow.module.css";
import { FileIcon } from "./FileIcon";
import styles from "./UploadRow.module.css";

export function UploadRow({ upload, limit, onRemove, onRetry }: { upload: Upload; limit: number | null; onRemove: () => void; onRetry: () => void }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { name, status } = upload;
  return (
    <li className={row.item}>
      <div className={row.row}>
        <span />
        <div className={row.name}>
          <FileIcon name={name} className={row.icon} />
          <span className={styles.name} title={name}>
            {name}
          </span>
        </div>
        <UploadState upload={upload} />
        <span className={row.number} />
        <span className={row.number} />
        <span className={row.number}>{format.bytes(upload.size)}</span>
        <span className={row.when} />
        <div className={row.actions}>
          <IconButton size="sm" label={t(status === "sending" || status === "waiting" ? "cancelNamed" : "dismissNamed", { name })} icon={<X />} onClick={onRemove} />
        </div>
      </div>
      {upload.fault && (
        <p className={styles.refused} role="alert">
          <CircleAlert size={15} aria-hidden />
          {t(`refused.${upload.fault}`, { name, extension: extensionOf(name), size: format.bytes(upload.size), limit: format.limit(limit ?? 0) })}
        </p>
      )}
      {status === "failed" && (
        <div className={row.error}>
          <ErrorCard compact title={t("upload.failed")} error={upload.error} onRetry={onRetry} />
        </div>
      )}
    </li>
  );
}

function UploadState({ upload }: { upload: Upload }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { status, progress, name } = upload;
  if (status === "refused" || status === "failed") return <span className={styles.bad}>{t(`upload.${status}`)}</span>;
  const isSaving = status === "sending" && progress >= 1;
  return (
    <div className={styles.state}>
      <span>{isSaving ? t("upload.saving") : t(`upload.${status}`, { percent: format.percent(progress) })}</span>
      <Progress thin value={isSaving ? null : progress} label={t("progressOf", { name })} />
    </div>
  );
}
