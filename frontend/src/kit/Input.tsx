/** One line of text, with room for an icon before and anything after. */
import { type InputHTMLAttributes, type ReactNode, type Ref } from "react";
import { cx } from "./cx";
import { useFieldControl } from "./Field";
import styles from "./Input.module.css";

export interface InputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "size"> {
  icon?: ReactNode;
  trailing?: ReactNode;
  mono?: boolean;
  size?: "sm" | "md";
  ref?: Ref<HTMLInputElement>;
}

export function Input({ icon, trailing, mono = false, size = "md", className, ref, ...rest }: InputProps) {
  const field = useFieldControl();
  return (
    <span className={cx(styles.box, styles[size], mono && styles.mono, className)}>
      {icon && <span className={styles.icon}>{icon}</span>}
      <input ref={ref} className={styles.input} {...field} {...rest} />
      {trailing}
    </span>
  );
}
