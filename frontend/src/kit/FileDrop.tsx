/** A place to drop files, or to choose them. */
import { Upload } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { cx } from "./cx";
import { useFieldControl } from "./Field";
import styles from "./FileDrop.module.css";

export interface FileDropProps {
  onFiles: (files: File[]) => void;
  title: ReactNode;
  hint?: ReactNode;
  accept?: string;
  multiple?: boolean;
  disabled?: boolean;
  compact?: boolean;
}

export function FileDrop({ onFiles, title, hint, accept, multiple = true, disabled = false, compact = false }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  // a button can be described, but not be invalid
  const { "aria-invalid": invalid, ...field } = useFieldControl();
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    <div
      className={cx(styles.drop, over && styles.over, compact && styles.compact)}
      onDragOver={(event) => { event.preventDefault(); setOver(!disabled); }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); if (!disabled) take(event.dataTransfer.files); }}
    >
      <button type="button" {...field} data-invalid={invalid} className={styles.button} disabled={disabled} onClick={() => input.current?.click()}>
        <Upload size={18} className={styles.icon} />
        <span className={styles.title}>{title}</span>
        {hint && <span className={styles.hint}>{hint}</span>}
      </button>
      <input ref={input} type="file" hidden accept={accept} multiple={multiple} onChange={(event) => { take(event.target.files); event.target.value = ""; }} />
    </div>
  );
}
