/** A short hint on hover or focus; never the only place where something is said. */
import { Tooltip as Radix } from "radix-ui";
import { type ReactElement } from "react";
import { Kbd } from "./Kbd";
import styles from "./Tooltip.module.css";

export interface TooltipProps {
  text: string;
  shortcut?: string | undefined;
  side?: "top" | "right" | "bottom" | "left" | undefined;
  children: ReactElement;
}

export const TooltipProvider = ({ children }: { children: React.ReactNode }) => (
  <Radix.Provider delayDuration={350} skipDelayDuration={200}>{children}</Radix.Provider>
);

export function Tooltip({ text, shortcut, side = "bottom", children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.tip} side={side} sideOffset={6} collisionPadding={8}>
          {text}
          {shortcut && <Kbd keys={shortcut} quiet />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
