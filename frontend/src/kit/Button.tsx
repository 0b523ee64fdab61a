/** The button, as a button or (asChild) as a link that looks like one. */
import { Slot } from "radix-ui";
import { type ButtonHTMLAttributes, type ReactNode, type Ref } from "react";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Spinner } from "./Spinner";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: "primary" | "secondary" | "ghost" | "danger";
  size?: "sm" | "md" | "lg";
  icon?: ReactNode;
  /** Work is under way: shows a spinner, takes no clicks, keeps its width. */
  loading?: boolean;
  block?: boolean;
  asChild?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ variant = "secondary", size = "md", icon, loading = false, block = false, asChild = false, className, children, disabled, type = "button", ref, ...rest }: ButtonProps) {
  const classes = cx(styles.button, styles[variant], styles[size], block && styles.block, className);
  if (asChild) {
    return <Slot.Root className={classes} {...rest}>{children}</Slot.Root>;
  }
  return (
    <button ref={ref} type={type} className={classes} disabled={disabled || loading} aria-busy={loading || undefined} {...rest}>
      {loading ? <Spinner size={14} /> : icon}
      {children}
    </button>
  );
}
