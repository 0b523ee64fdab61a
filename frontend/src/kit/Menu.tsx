/** A menu of actions, opened by a button or (ContextMenu) by a right click. */
import { Check, ChevronRight } from "lucide-react";
import { ContextMenu as RadixContext, DropdownMenu as Radix } from "radix-ui";
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
        <Radix.Content className={styles.menu} side={side} align={align} sideOffset={6} collisionPadding={8}><Entries of={entries} parts={Radix} /></Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function ContextMenu({ trigger, entries }: { trigger: ReactElement; entries: MenuEntry[] }) {
  return (
    <RadixContext.Root>
      <RadixContext.Trigger asChild>{trigger}</RadixContext.Trigger>
      <RadixContext.Portal>
        <RadixContext.Content className={styles.menu} collisionPadding={8}><Entries of={entries} parts={RadixContext} /></RadixContext.Content>
      </RadixContext.Portal>
    </RadixContext.Root>
  );
}

function Entries({ of, parts }: { of: MenuEntry[]; parts: typeof Radix | typeof RadixContext }) {
  return of.map((entry, index) => <Fragment key={index}><Entry entry={entry} parts={parts} /></Fragment>);
}

function Entry({ entry, parts: P }: { entry: MenuEntry; parts: typeof Radix | typeof RadixContext }) {
  if (entry.kind === "separator") return <P.Separator className={styles.separator} />;
  if (entry.kind === "label") return <P.Label className={styles.label}>{entry.label}</P.Label>;
  if (entry.kind === "sub") {
    return (
      <P.Sub>
        <P.SubTrigger className={styles.item}>{entry.icon}<span className={styles.text}>{entry.label}</span><ChevronRight size={14} className={styles.more} /></P.SubTrigger>
        <P.Portal><P.SubContent className={styles.menu} sideOffset={4} collisionPadding={8}><Entries of={entry.entries} parts={P} /></P.SubContent></P.Portal>
      </P.Sub>
    );
  }
  return (
    <P.Item className={cx(styles.item, entry.danger && styles.danger)} disabled={entry.disabled ?? false} onSelect={entry.onSelect}>
      {entry.icon}
      <span className={styles.text}>{entry.label}</span>
      {entry.hint && <span className={styles.hint}>{entry.hint}</span>}
      {entry.checked && <Check size={14} className={styles.tick} />}
      {entry.shortcut && <Kbd keys={entry.shortcut} quiet />}
    </P.Item>
  );
}
