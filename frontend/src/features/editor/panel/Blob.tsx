/** A value too large for the log: its beginning, and the whole of it when asked for. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { getBlob } from "@/api";
import { isObject } from "@/graph";
import { Button, ErrorCard, useFormat } from "@/kit";
import { runIdOf } from "../run/runId";
import { useEditor } from "../store/context";
import styles from "./Tabs.module.css";
import { Value } from "./Values";

export interface BlobValue {
  $blob: string;
  bytes: number;
  type: string;
  preview: string;
}

export function isBlob(value: unknown): value is BlobValue {
  return isObject(value) && typeof value.$blob === "string" && typeof value.bytes === "number";
}

export function Blob({ name, blob }: { name: string; blob: BlobValue }) {
  const { t } = useTranslation("editor");
  const { bytes } = useFormat();
  const editor = useEditor();
  const [whole, setWhole] = useState<{ value: unknown } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (whole) return <Value name={name} value={whole.value} />;
  const load = () => {
    const { run } = editor.store.get();
    if (!run) return;
    setBusy(true);
    getBlob(runIdOf(run), blob.$blob).then((value) => setWhole({ value }), setError).finally(() => setBusy(false));
  };
  return (
    <div className={styles.value}>
      <div className={styles.valueHead}>
        <code className={styles.valueName}>{name}</code>
        <Button size="sm" variant="ghost" loading={busy} onClick={load}>{t("lastRun.loadWhole", { size: bytes(blob.bytes) })}</Button>
      </div>
      <div className={styles.text} tabIndex={0}>{blob.preview}…</div>
      {error ? <ErrorCard compact error={error} /> : null}
    </div>
  );
}
