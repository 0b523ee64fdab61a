/** A button that shows only an icon; its label is read aloud and shown as a tooltip. */
import { type ButtonHTMLAttributes, type ReactNode, type Ref } from "react";
import { cx } from "./cx";
import styles from "./IconButton.module.css";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label"> {
  label: string;
  icon: ReactNode;
  shortcut?: string;
  size?: "sm" | "md";
  variant?: "ghost" | "outline";
  active?: boolean;
  tooltipSide?: "top" | "right" | "bottom" | "left";
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, icon, shortcut, size = "md", variant = "ghost", active = false, tooltipSide, className, type = "button", ref, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut} side={tooltipSide}>
      <button ref={ref} type={type} aria-label={label} aria-pressed={active || undefined} className={cx(styles.button, styles[size], styles[variant], active && styles.active, className)} {...rest}>
        {icon}
      </button>
    </Tooltip>
  );
}
