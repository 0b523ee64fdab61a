/** The sources that one answer used as a row of chips; with many, the rest unfold. What was found and not used stays folded. */
import { ChevronDown, Lock } from "lucide-react";
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
  const [unused, setUnused] = useState(false);
  if (citations.length === 0) return null;
  const used = citations.filter((source) => source.cited !== false);
  if (used.length === 0) {
    return (
      <div className={styles.unused}>
        <button type="button" className={styles.fold} aria-expanded={unused} onClick={() => setUnused(!unused)}>
          {t("cite.unused", { count: citations.length })}
          <ChevronDown size={14} aria-hidden />
        </button>
        {unused && <Chips sources={citations} active={active} onOpen={onOpen} />}
      </div>
    );
  }
  const rest = used.length - SHOWN;
  const shown = all || rest <= 1 ? used : used.slice(0, SHOWN);
  return <Chips sources={shown} active={active} onOpen={onOpen} more={shown.length < used.length ? rest : 0} onMore={() => setAll(true)} />;
}

interface ChipsProps {
  sources: readonly Citation[];
  active: number | undefined;
  onOpen: ((n: number) => void) | undefined;
  more?: number;
  onMore?: () => void;
}

function Chips({ sources, active, onOpen, more = 0, onMore }: ChipsProps) {
  const { t } = useTranslation("chat");
  return (
    <ul className={styles.sources} aria-label={t("cite.sources")}>
      {sources.map((source) => (
        <li key={source.number}>
          <button
            type="button"
            className={styles.source}
            data-active={active === source.number || undefined}
            disabled={!onOpen || source.hidden}
            onClick={() => onOpen?.(source.number)}
          >
            <span className={styles.number}>
              <span aria-hidden>{source.number}</span>
              <span className="sr-only">{t("cite.panel", { number: source.number })}</span>
            </span>
            {source.hidden && <Lock size={12} aria-hidden />}
            <span className={styles.title}>{source.hidden ? t("cite.hidden") : source.title}</span>
            {source.page !== undefined && <span className={styles.page}>{t("cite.page", { page: source.page })}</span>}
          </button>
        </li>
      ))}
      {more > 0 && (
        <li>
          <button type="button" className={styles.source} onClick={onMore}>
            {t("cite.more", { count: more })}
          </button>
        </li>
      )}
    </ul>
  );
}
