/** A window over the page for one short task. Esc and a click outside close it. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import styles from "./Dialog.module.css";
import { IconButton } from "./IconButton";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  width?: "sm" | "md" | "lg";
  /** Buttons at the bottom, the main one last. */
  footer?: ReactNode;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, width = "md", footer, children }: DialogProps) {
  const { t } = useTranslation("kit");
  const body = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.veil} />
        <Radix.Content className={cx(styles.window, styles[width])} {...(description ? {} : { "aria-describedby": undefined })} onOpenAutoFocus={(event) => focusFirst(event, body.current)}>
          <header className={styles.head}>
            <div className={styles.titles}>
              <Radix.Title className={styles.title}>{title}</Radix.Title>
              {description && <Radix.Description className={styles.description}>{description}</Radix.Description>}
            </div>
            <Radix.Close asChild><IconButton label={t("close")} icon={<X />} /></Radix.Close>
          </header>
          <div ref={body} className={styles.body}>{children}</div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The first field has the focus, not the button that closes. */
function focusFirst(event: Event, body: HTMLElement | null): void {
  const field = body?.querySelector<HTMLElement>("input:not([type=file]):not(:disabled), textarea:not(:disabled)");
  event.preventDefault();
  if (field) field.focus();
  else (event.target as HTMLElement | null)?.focus();
}
