/** This visitor's conversations, newest first; a panel beside the chat, or over it where there is no room. */
import { SquarePen, Trash2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, useFormat } from "@/kit";
import { type PastConversation } from "../model/client";
import { isOver } from "./useListOpen";
import styles from "./ConversationList.module.css";

export interface ConversationListProps {
  items: readonly PastConversation[];
  current: string | null;
  onOpen: (id: string) => void;
  onNew: () => void;
  onClose: () => void;
  onForget: () => void;
}

export function ConversationList({ items, current, onOpen, onNew, onClose, onForget }: ConversationListProps) {
  const { t } = useTranslation("chat");
  const { ago } = useFormat();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isOver()) panel.current?.focus();
  }, []);
  return (
    <>
      <button type="button" className={styles.veil} onClick={onClose} aria-label={t("list.close")} tabIndex={-1} />
      <nav
        ref={panel}
        className={styles.panel}
        tabIndex={-1}
        aria-label={t("list.label")}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !isOver()) return;
          event.preventDefault();
          onClose();
        }}
      >
        <div className={styles.head}>
          <Button block icon={<SquarePen />} onClick={onNew}>
            {t("list.new")}
          </Button>
          <span className={styles.narrowOnly}>
            <IconButton label={t("list.close")} icon={<X />} onClick={onClose} />
          </span>
        </div>
        {items.length === 0 && <p className={styles.empty}>{t("list.empty")}</p>}
        <ul className={styles.items}>
          {items.map((item) => (
            <li key={item.id}>
              <button type="button" className={styles.item} aria-current={item.id === current || undefined} onClick={() => onOpen(item.id)}>
                <span className={styles.name}>{item.name || t("list.unnamed")}</span>
                <time className={styles.time} dateTime={item.updated_at}>
                  {ago(item.updated_at)}
                </time>
              </button>
            </li>
          ))}
        </ul>
        {items.length > 0 && <Forget onForget={onForget} />}
      </nav>
    </>
  );
}

/** Cannot be undone, because the key to the conversations is thrown away: so it asks once more, in place. */
function Forget({ onForget }: { onForget: () => void }) {
  const { t } = useTranslation("chat");
  const [sure, setSure] = useState(false);
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), 6000);
    return () => clearTimeout(timer);
  }, [sure]);
  return (
    <div className={styles.foot}>
      {sure && <p>{t("list.forgetSure")}</p>}
      <Button size="sm" block variant={sure ? "danger" : "ghost"} icon={<Trash2 />} onClick={() => (sure ? onForget() : setSure(true))}>
        {sure ? t("list.forgetYes") : t("list.forget")}
      </Button>
    </div>
  );
}
