/** A panel that slides over the right edge of the page. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./IconButton";
import styles from "./Sheet.module.css";

export interface SheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  actions?: ReactNode;
  /** Any CSS length. */
  width?: string;
  /** Without a veil the page beside it stays usable. */
  modal?: boolean;
  children: ReactNode;
}

export function Sheet({ open, onOpenChange, title, actions, width = "440px", modal = true, children }: SheetProps) {
  const { t } = useTranslation("kit");
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange} modal={modal}>
      <Radix.Portal>
        {modal && <Radix.Overlay className={styles.veil} />}
        <Radix.Content className={styles.sheet} style={{ width }} aria-describedby={undefined} onOpenAutoFocus={focusItself} onInteractOutside={(event) => !modal && event.preventDefault()}>
          <header className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            {actions}
            <Radix.Close asChild><IconButton label={t("close")} icon={<X />} /></Radix.Close>
          </header>
          <div className={styles.body}>{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The sheet, not its close button: a focused button shows its tooltip, which would take the first Esc. */
function focusItself(event: Event): void {
  event.preventDefault();
  (event.currentTarget as HTMLElement | null)?.focus();
}
