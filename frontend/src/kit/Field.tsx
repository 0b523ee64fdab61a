/** Label, hint and error round one control. The control finds its id and description by context. */
import { createContext, type ReactNode, useContext, useId } from "react";
import { cx } from "./cx";
import styles from "./Field.module.css";

interface FieldControl { id: string; describedBy: string | undefined; invalid: boolean }
const FieldContext = createContext<FieldControl | null>(null);

export interface FieldProps {
  label: ReactNode;
  /** Stands at the right end of the label: a count, a link. */
  aside?: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  optional?: string;
  className?: string;
  children: ReactNode;
}

export function Field({ label, aside, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error || hint;
  return (
    <div className={cx(styles.field, className)}>
      <div className={styles.head}>
        <label htmlFor={id} className={styles.label}>{label}{optional && <span className={styles.optional}>{optional}</span>}</label>
        {aside && <span className={styles.aside}>{aside}</span>}
      </div>
      <FieldContext.Provider value={{ id, describedBy: note ? noteId : undefined, invalid: Boolean(error) }}>{children}</FieldContext.Provider>
      {note && <p id={noteId} className={error ? styles.error : styles.hint} role={error ? "alert" : undefined}>{note}</p>}
    </div>
  );
}

/** Attributes that tie a control to the Field round it; empty outside of one. */
export function useFieldControl(): { id?: string; "aria-describedby"?: string | undefined; "aria-invalid"?: true | undefined } {
  const field = useContext(FieldContext);
  if (!field) return {};
  return { id: field.id, "aria-describedby": field.describedBy, "aria-invalid": field.invalid || undefined };
}
