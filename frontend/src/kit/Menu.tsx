/** A menu of actions, opened by a button. */
import { Check, ChevronRight } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import { Fragment, type ReactElement, type ReactNode } from "react";
import { cx } from "./cx";
import { Kbd } from "./Kbd";
import styles from "./Menu.module.css";

export type MenuEntry =
  | { kind?: "item"; label: ReactNode; icon?: ReactNode; shortcut?: string; danger?: boolean; disabled?: boolean; checked?: boolean; hint?: ReactNode; onSelect: () => void }
  | { kind: "sub"; label: ReactNode; icon?: ReactNode; entries: MenuEntry[] }
  | { kind: "separator" }
  | { kind: "label"; label: ReactNode };

export interface MenuProps {
  trigger: ReactElement;
  entries: MenuEntry[];
  side?: "top" | "right" | "bottom" | "left";
  align?: "start" | "center" | "end";
}

export function Menu({ trigger, entries, side = "bottom", align = "end" }: MenuProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} side={side} align={align} sideOffset={6} collisionPadding={8}><Entries of={entries} /></Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Entries({ of }: { of: MenuEntry[] }) {
  return of.map((entry, index) => <Fragment key={index}><Entry entry={entry} /></Fragment>);
}

function Entry({ entry }: { entry: MenuEntry }) {
  if (entry.kind === "separator") return <Radix.Separator className={styles.separator} />;
  if (entry.kind === "label") return <Radix.Label className={styles.label}>{entry.label}</Radix.Label>;
  if (entry.kind === "sub") {
    return (
      <Radix.Sub>
        <Radix.SubTrigger className={styles.item}>{entry.icon}<span className={styles.text}>{entry.label}</span><ChevronRight size={14} className={styles.more} /></Radix.SubTrigger>
        <Radix.Portal><Radix.SubContent className={styles.menu} sideOffset={4} collisionPadding={8}><Entries of={entry.entries} /></Radix.SubContent></Radix.Portal>
      </Radix.Sub>
    );
  }
  return (
    <Radix.Item className={cx(styles.item, entry.danger && styles.danger)} disabled={entry.disabled ?? false} onSelect={entry.onSelect}>
      {entry.icon}
      <span className={styles.text}>{entry.label}</span>
      {entry.hint && <span className={styles.hint}>{entry.hint}</span>}
      {entry.checked && <Check size={14} className={styles.tick} />}
      {entry.shortcut && <Kbd keys={entry.shortcut} quiet />}
    </Radix.Item>
  );
}
