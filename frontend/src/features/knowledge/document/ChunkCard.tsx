/** One passage: its number (positions count from 0, people from 1), where in the document it stands, and its words. */
import { type Ref } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk } from "@/api";
import styles from "./ChunkCard.module.css";

export function ChunkCard({ chunk, marked, ref }: { chunk: Chunk; marked: boolean; ref?: Ref<HTMLLIElement> | undefined }) {
  const { t } = useTranslation("knowledge");
  const headings = Array.isArray(chunk.headings) ? chunk.headings.map(String) : [];
  return (
    <li ref={ref} className={styles.card} data-marked={marked || undefined} tabIndex={marked ? -1 : undefined}>
      <header className={styles.head}>
        <span className={styles.number}>#{chunk.position + 1}</span>
        {headings.length > 0 && <span className={styles.headings}>{headings.join(" › ")}</span>}
        {chunk.page !== null && <span className={styles.page}>{t("page", { page: chunk.page })}</span>}
      </header>
      <p className={styles.text}>{chunk.content}</p>
    </li>
  );
}
