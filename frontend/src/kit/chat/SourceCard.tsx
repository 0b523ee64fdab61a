/** One source in full: where it comes from, how close it was, and the passage itself. */
import { FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import styles from "./Citations.module.css";
import { Markdown } from "./Markdown";
import { type Citation } from "./types";

export function SourceCard({ source }: { source: Citation }) {
  const { t } = useTranslation("chat");
  const where = [
    source.page !== undefined && t("cite.pageLong", { page: source.page }),
    source.position !== undefined && t("cite.passage", { position: source.position }),
    source.datasetName,
  ].filter(Boolean);
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <span className={styles.cardIcon} aria-hidden>
          <FileText size={16} />
        </span>
        <div>
          <h3 className={styles.cardTitle}>{source.title}</h3>
          {where.length > 0 && <p className={styles.cardWhere}>{where.join(" · ")}</p>}
        </div>
      </header>
      {source.score !== undefined && <Closeness score={source.score} />}
      <blockquote className={styles.passage}>
        <Markdown text={source.content} />
      </blockquote>
    </article>
  );
}

function Closeness({ score }: { score: number }) {
  const { t } = useTranslation("chat");
  const width = `${Math.round(Math.min(1, Math.max(0, score)) * 100)}%`;
  return (
    <div className={styles.score}>
      <span>{t("cite.closeness")}</span>
      <span className={styles.scoreBar} aria-hidden>
        <i style={{ width }} />
      </span>
      <span className={styles.scoreValue}>{score.toFixed(2)}</span>
    </div>
  );
}
