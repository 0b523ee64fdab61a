/** A source beside the answer it supports; on a phone it rises from below. */
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/kit";
import { SourceCard, type Citation } from "@/kit/chat";
import styles from "./SourcePanel.module.css";

export interface SourcePanelProps {
  citations: readonly Citation[];
  number: number;
  onShow: (n: number) => void;
  onClose: () => void;
}

export function SourcePanel({ citations, number, onShow, onClose }: SourcePanelProps) {
  const { t } = useTranslation("chat");
  const panel = useFocusWhileOpen();
  const at = citations.findIndex((c) => c.number === number);
  const source = citations[at];
  if (!source) return null;
  const move = (step: number) => {
    const next = citations[at + step];
    if (next) onShow(next.number);
  };
  return (
    <>
      <button type="button" className={styles.veil} onClick={onClose} aria-label={t("cite.close")} tabIndex={-1} />
      <aside
        ref={panel}
        className={styles.panel}
        tabIndex={-1}
        aria-label={t("cite.panel", { number })}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.preventDefault();
            onClose();
          } else if (event.key === "ArrowLeft") move(-1);
          else if (event.key === "ArrowRight") move(1);
        }}
      >
        <header className={styles.head}>
          <h2>{t("cite.panel", { number })}</h2>
          {citations.length > 1 && (
            <>
              <IconButton size="sm" label={t("cite.previous")} icon={<ChevronLeft />} disabled={at === 0} onClick={() => move(-1)} />
              <IconButton size="sm" label={t("cite.next")} icon={<ChevronRight />} disabled={at === citations.length - 1} onClick={() => move(1)} />
            </>
          )}
          <IconButton size="sm" label={t("cite.close")} icon={<X />} onClick={onClose} />
        </header>
        <div className={styles.body}>
          <SourceCard source={source} />
        </div>
      </aside>
    </>
  );
}

/** Takes the focus when it opens and gives it back to where it was. */
function useFocusWhileOpen() {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return panel;
}
