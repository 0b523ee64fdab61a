/** The sources of one answer as a row of chips; with many, the rest unfold. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Citations.module.css";
import { type Citation } from "./types";

const SHOWN = 4;

export interface SourceListProps {
  citations: readonly Citation[];
  active?: number;
  onOpen?: (n: number) => void;
}

export function SourceList({ citations, active, onOpen }: SourceListProps) {
  const { t } = useTranslation("chat");
  const [all, setAll] = useState(false);
  if (citations.length === 0) return null;
  const rest = citations.length - SHOWN;
  const shown = all || rest <= 1 ? citations : citations.slice(0, SHOWN);
  return (
    <ul className={styles.sources} aria-label={t("cite.sources")}>
      {shown.map((source) => (
        <li key={source.number}>
          <button
            type="button"
            className={styles.source}
            data-active={active === source.number || undefined}
            disabled={!onOpen}
            onClick={() => onOpen?.(source.number)}
          >
            <span className={styles.number}>
              <span aria-hidden>{source.number}</span>
              <span className="sr-only">{t("cite.panel", { number: source.number })}</span>
            </span>
            <span className={styles.title}>{source.title}</span>
            {source.page !== undefined && <span className={styles.page}>{t("cite.page", { page: source.page })}</span>}
          </button>
        </li>
      ))}
      {shown.length < citations.length && (
        <li>
          <button type="button" className={styles.source} onClick={() => setAll(true)}>
            {t("cite.more", { count: rest })}
          </button>
        </li>
      )}
    </ul>
  );
}
