/** How far a download has come, how fast it is, when it will be there; or why it stands. */
import { useTranslation } from "react-i18next";
import { type Download, type LibraryModel } from "@/api";
import { ErrorCard, Progress, type Tone, useFormat } from "@/kit";
import styles from "./DownloadProgress.module.css";

const TONES: Readonly<Partial<Record<LibraryModel["state"], Tone>>> = { paused: "neutral", queued: "neutral", failed: "bad" };

export function DownloadProgress({ model, download }: { model: LibraryModel; download: Download }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { done_bytes, total_bytes, bytes_per_s, eta_s, error } = download;
  const isKnown = done_bytes !== null && total_bytes !== null && total_bytes > 0;
  return (
    <div className={styles.download}>
      <Progress value={isKnown ? done_bytes / total_bytes : model.state === "downloading" ? null : 0} tone={TONES[model.state] ?? "accent"} label={t("library.progress", { name: model.name })} />
      <p className={styles.numbers}>
        <span>{t(`library.download.${model.state}`)}{isKnown && ` · ${t("library.bytesOf", { done: format.bytes(done_bytes), total: format.bytes(total_bytes) })}`}</span>
        {model.state === "downloading" && <span>{bytes_per_s !== null && t("library.rate", { rate: format.bytes(bytes_per_s) })}{eta_s !== null && ` · ${t("library.left", { time: format.remaining(eta_s) })}`}</span>}
      </p>
      {error && <ErrorCard compact title={t(model.state === "failed" ? "library.downloadFailed" : "library.downloadWaits")} error={error} />}
    </div>
  );
}
