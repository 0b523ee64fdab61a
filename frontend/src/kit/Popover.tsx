/** A small surface tied to what opened it. */
import { Popover as Radix } from "radix-ui";
import { type ReactElement, type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Popover.module.css";

export interface PopoverProps {
  trigger: ReactElement;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  side?: "top" | "right" | "bottom" | "left";
  align?: "start" | "center" | "end";
  padded?: boolean;
  className?: string;
  children: ReactNode;
}

export function Popover({ trigger, open, onOpenChange, side = "bottom", align = "start", padded = true, className, children }: PopoverProps) {
  const state = open === undefined ? {} : { open };
  return (
    <Radix.Root {...state} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={cx(styles.pop, padded && styles.padded, className)} side={side} align={align} sideOffset={6} collisionPadding={8}>{children}</Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
