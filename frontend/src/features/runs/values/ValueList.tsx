/** Named values of a run: short ones in a line, texts as texts, all else as JSON; what is too large for the log on demand. */
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { getBlob } from "@/api";
import { Button, CodeBlock, CopyIcon, ErrorCard, useFormat } from "@/kit";
import { blobOf, isEmpty, isShort } from "./shape";
import styles from "./ValueList.module.css";

export function ValueList({ runId, values, title }: { runId: string; values: Record<string, unknown>; title?: string }) {
  const entries = Object.entries(values).filter(([, value]) => !isEmpty(value));
  if (entries.length === 0) return null;
  return (
    <section className={styles.list}>
      {title && <h3 className={styles.title}>{title}</h3>}
      {entries.map(([name, value]) => <Value key={name} runId={runId} name={name} value={value} />)}
    </section>
  );
}

function Value({ runId, name, value }: { runId: string; name: string; value: unknown }) {
  const blob = blobOf(value);
  const { t } = useTranslation("runs");
  const { bytes } = useFormat();
  const load = useMutation({ mutationFn: (id: string) => getBlob(runId, id) });
  if (blob && !load.isSuccess) {
    return (
      <div className={styles.value}>
        <div className={styles.head}>
          <code className={styles.name}>{name}</code>
          <Button size="sm" loading={load.isPending} onClick={() => load.mutate(blob.$blob)}>{t("data.loadWhole", { size: bytes(blob.bytes) })}</Button>
        </div>
        <p className={styles.text} tabIndex={0}>{blob.preview}…</p>
        {load.isError && <ErrorCard compact title={t("data.notLoaded")} error={load.error} />}
      </div>
    );
  }
  const shown = blob ? load.data : value;
  if (isShort(shown)) return <div className={styles.row}><code className={styles.name}>{name}</code><span className={styles.short}>{String(shown)}</span></div>;
  if (typeof shown === "string") {
    return (
      <div className={styles.value}>
        <div className={styles.head}><code className={styles.name}>{name}</code><CopyIcon size="sm" text={shown} /></div>
        <p className={styles.text} tabIndex={0}>{shown}</p>
      </div>
    );
  }
  return <CodeBlock maxHeight={280} samples={[{ id: name, label: Array.isArray(shown) ? `${name} [${shown.length}]` : name, language: "json", code: JSON.stringify(shown, null, 2) }]} />;
}
