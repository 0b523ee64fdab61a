/** Files for a form: chosen or dropped, sent at once, each with its progress, its error and a way out. Knows nothing of where they go. */
import { CircleAlert, FileText, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { FileDrop } from "./FileDrop";
import styles from "./FileInput.module.css";
import { useErrorText } from "./errorText";
import { useFormat } from "./format";
import { IconButton } from "./IconButton";
import { Progress } from "./Progress";

/** One file of a form. `stored` once the server has it; without it the file is on its way, or `fault` or `error` say why not. */
export interface GivenFile<S> {
  key: string;
  name: string;
  size: number;
  progress: number;
  stored?: S;
  fault?: "tooLarge" | "empty";
  error?: unknown;
}

export interface FileInputProps<S> {
  files: readonly GivenFile<S>[];
  /** Given a function, for news of a file come after others have changed. */
  onChange: (change: (now: readonly GivenFile<S>[]) => readonly GivenFile<S>[]) => void;
  send: (file: File, onProgress: (share: number) => void, signal: AbortSignal) => Promise<S>;
  multiple: boolean;
  /** In bytes; null while it is not known. What is larger is refused before a byte is sent. */
  limit: number | null;
  disabled?: boolean | undefined;
}

export function FileInput<S>({ files, onChange, send, multiple, limit, disabled = false }: FileInputProps<S>) {
  const { t } = useTranslation("kit");
  const format = useFormat();
  const sending = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const all = sending.current;
    return () => all.forEach((abort) => abort.abort());
  }, []);
  const change = (key: string, part: Partial<GivenFile<S>>) => onChange((now) => now.map((one) => (one.key === key ? { ...one, ...part } : one)));

  const start = async (key: string, file: File) => {
    const abort = new AbortController();
    sending.current.set(key, abort);
    try {
      const stored = await send(file, (progress) => change(key, { progress }), abort.signal);
      change(key, { stored, progress: 1 });
    } catch (error) {
      if (!abort.signal.aborted) change(key, { error });
    }
    sending.current.delete(key);
  };
  const add = (chosen: File[]) => {
    const added = chosen.map((file) => ({ key: crypto.randomUUID(), file, fault: faultOf(file, limit) }));
    onChange((now) => [...now, ...added.map(({ key, file, fault }) => ({ key, name: file.name, size: file.size, progress: 0, ...(fault && { fault }) }))]);
    for (const { key, file, fault } of added) if (!fault) void start(key, file);
  };
  const remove = (key: string) => {
    sending.current.get(key)?.abort();
    onChange((now) => now.filter((one) => one.key !== key));
  };

  return (
    <div className={styles.block}>
      {files.length > 0 && <ul className={styles.list}>{files.map((file) => <Row key={file.key} file={file} limit={limit} disabled={disabled} onRemove={() => remove(file.key)} />)}</ul>}
      {(multiple || files.length === 0) && (
        <FileDrop compact multiple={multiple} disabled={disabled} title={t(multiple ? "chooseFiles" : "chooseFile")} hint={limit === null ? undefined : t("fileLimit", { limit: format.limit(limit) })} onFiles={add} />
      )}
    </div>
  );
}

function Row<S>({ file, limit, disabled, onRemove }: { file: GivenFile<S>; limit: number | null; disabled: boolean; onRemove: () => void }) {
  const { t } = useTranslation("kit");
  const format = useFormat();
  const { message } = useErrorText(file.error);
  const size = format.bytes(file.size);
  const trouble = file.fault ? t(`fileFault.${file.fault}`, { size, limit: format.limit(limit ?? 0) }) : file.error ? message : "";
  const underWay = !file.stored && !trouble;
  return (
    <li className={styles.item}>
      <div className={styles.file}>
        <FileText size={15} aria-hidden />
        <span className={styles.name} title={file.name}>{file.name}</span>
        <span className={styles.size}>{size}</span>
        <IconButton size="sm" label={t("removeFile", { name: file.name })} icon={<X />} disabled={disabled} onClick={onRemove} />
      </div>
      {underWay && <Progress thin value={file.progress >= 1 ? null : file.progress} label={t("sendingFile", { name: file.name })} />}
      {trouble && <p className={styles.trouble} role="alert"><CircleAlert size={14} aria-hidden />{trouble}</p>}
    </li>
  );
}

function faultOf(file: File, limit: number | null): "tooLarge" | "empty" | undefined {
  if (file.size === 0) return "empty";
  return limit !== null && file.size > limit ? "tooLarge" : undefined;
}
