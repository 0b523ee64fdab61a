/** Several lines of text that grow with what is written. */
import { type Ref, type TextareaHTMLAttributes } from "react";
import { cx } from "./cx";
import { useFieldControl } from "./Field";
import styles from "./Textarea.module.css";

export interface TextareaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  mono?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

export function Textarea({ mono = false, className, rows = 3, ref, ...rest }: TextareaProps) {
  const field = useFieldControl();
  return <textarea ref={ref} rows={rows} className={cx(styles.area, mono && styles.mono, className)} {...field} {...rest} />;
}
