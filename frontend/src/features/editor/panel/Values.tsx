/** Named values of a run: short ones in a line, texts as texts, all else as JSON. */
import { useTranslation } from "react-i18next";
import { isObject } from "@/graph";
import { CodeBlock, CopyIcon, useFormat } from "@/kit";
import { Blob, isBlob } from "./Blob";
import styles from "./Tabs.module.css";

/** `labels` names a value for people; without it the value's own name is shown, as it is written in templates. */
export function Values({ title, values, labels = (name) => name }: { title: string; values: Record<string, unknown>; labels?: (name: string) => string }) {
  const entries = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (entries.length === 0) return null;
  return (
    <section className={styles.section}>
      <h5 className={styles.caption}>{title}</h5>
      <div className={styles.values}>
        {entries.map(([name, value]) => (isMessages(value) ? <Messages key={name} messages={value} /> : <Value key={name} name={labels(name)} value={value} />))}
      </div>
    </section>
  );
}

export function Value({ name, value }: { name: string; value: unknown }) {
  if (isBlob(value)) return <Blob name={name} blob={value} />;
  return isPreview(value) ? <Preview name={name} preview={value} /> : <WholeValue name={name} value={value} />;
}

/** What the log keeps of a long input: its beginning. */
interface PreviewValue {
  $preview: string;
  bytes: number;
}

function isPreview(value: unknown): value is PreviewValue {
  return isObject(value) && typeof value.$preview === "string" && typeof value.bytes === "number";
}

function Preview({ name, preview }: { name: string; preview: PreviewValue }) {
  const { t } = useTranslation("editor");
  const { bytes } = useFormat();
  return (
    <div className={styles.value}>
      <div className={styles.valueHead}>
        <code className={styles.valueName}>{name}</code>
        <small>{t("lastRun.beginning", { size: bytes(preview.bytes) })}</small>
      </div>
      <div className={styles.text} tabIndex={0}>{preview.$preview}…</div>
    </div>
  );
}

function WholeValue({ name, value }: { name: string; value: unknown }) {
  const { t } = useTranslation("editor");
  const text = typeof value === "string" ? value : null;
  const json = text === null ? JSON.stringify(value, null, 2) : "";
  const long = text !== null && (text.length > 48 || text.includes("\n"));
  const plain = !long && (text !== null || typeof value === "number" || typeof value === "boolean");
  if (plain) {
    return (
      <div className={styles.valueHead}>
        <code className={styles.valueName}>{name}</code>
        <code className={styles.inline}>{text === "" ? t("lastRun.emptyText") : String(value)}</code>
      </div>
    );
  }
  return (
    <div className={styles.value}>
      <div className={styles.valueHead}>
        <code className={styles.valueName}>{name}</code>
        {long && <CopyIcon size="sm" text={text} />}
      </div>
      {long ? <div className={styles.text} tabIndex={0}>{text}</div> : <CodeBlock maxHeight={260} samples={[{ id: name, label: sizeOf(value), language: "json", code: json }]} />}
    </div>
  );
}

interface Message {
  role: string;
  content: string;
}

/** What a model was told, as one reads it. */
function Messages({ messages }: { messages: readonly Message[] }) {
  return messages.map((message, i) => (
    <div key={i} className={styles.value}>
      <div className={styles.valueHead}>
        <code className={styles.valueName}>{message.role}</code>
        <CopyIcon size="sm" text={message.content} />
      </div>
      <div className={styles.text} tabIndex={0}>{message.content}</div>
    </div>
  ));
}

function isMessages(value: unknown): value is Message[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry: Partial<Message> | null) => typeof entry?.role === "string" && typeof entry.content === "string");
}

function sizeOf(value: unknown): string {
  return Array.isArray(value) ? `JSON [${value.length}]` : "JSON";
}
