/** One passage that was found: rank, score, source, words. */
import { ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type RetrievedChunk } from "@/api";
import { FileIcon } from "../documents/FileIcon";
import styles from "./Hit.module.css";

export type FoundPassage = RetrievedChunk & { score_method?: string; headings?: string[] };

export function Hit({ rank, hit, onOpen }: { rank: number; hit: FoundPassage; onOpen: () => void }) {
  const { t } = useTranslation("knowledge");
  const where = [hit.page !== null && t("page", { page: hit.page }), t("passage", { position: hit.position + 1 })].filter(Boolean);
  return (
    <li className={styles.hit}>
      <div className={styles.score}>
        <span className={styles.rank}>{rank}</span>
        <span className={styles.bar} aria-hidden>
          <i style={{ height: `${Math.round(Math.max(0, Math.min(1, hit.score)) * 100)}%` }} />
        </span>
        <span className={styles.value} aria-label={t("test.score", { score: hit.score.toFixed(2) })}>
          {hit.score.toFixed(2)}
        </span>
      </div>
      <div className={styles.body}>
        <header className={styles.head}>
          <FileIcon name={hit.document_name} className={styles.icon} />
          <button type="button" className={styles.open} onClick={onOpen}>
            <span>{hit.document_name}</span>
            <ArrowUpRight size={14} aria-hidden />
          </button>
          <span className={styles.where}>{where.join(" · ")}</span>
        </header>
        {hit.headings && hit.headings.length > 0 && <p className={styles.headings}>{hit.headings.join(" › ")}</p>}
        <p className={styles.text}>{hit.content}</p>
      </div>
    </li>
  );
}
