/** One passage that was found: rank, score, source, words; and what each stage thought of it. */
import { ArrowUpRight, HelpCircle, ListPlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type FoundPassage, type Place } from "@/api";
import { Button, Tag } from "@/kit";
import { FileIcon } from "../documents/FileIcon";
import styles from "./Hit.module.css";
import { Marked } from "./Marked";
import { Scores } from "./Scores";

export interface HitProps {
  rank: number;
  hit: FoundPassage;
  question: string;
  /** Makes "the right one" of it: it joins the question's case. Null for who may not. */
  onExpect: (() => void) | null;
  expected: boolean;
  onWhy: () => void;
}

export function Hit({ rank, hit, question, onExpect, expected, onWhy }: HitProps) {
  const { t } = useTranslation("retrieval");
  const isExternal = hit.score_method === "external";
  const where = [hit.page !== null && t("place.page", { page: hit.page }), !isExternal && t("place.passage", { position: hit.position + 1 })].filter(Boolean);
  return (
    <li className={styles.hit} data-expected={expected || undefined}>
      <div className={styles.score}>
        <span className={styles.rank}>{rank}</span>
        <span className={styles.bar} aria-hidden>
          <i style={{ height: `${Math.round(Math.max(0, Math.min(1, hit.score)) * 100)}%` }} />
        </span>
        <span className={styles.value} aria-label={t("scores.final", { score: hit.score.toFixed(2) })}>
          {hit.score.toFixed(2)}
        </span>
      </div>
      <div className={styles.body}>
        <header className={styles.head}>
          <FileIcon name={hit.document_name} className={styles.icon} />
          {isExternal ? (
            <span className={styles.open}>{hit.document_name}</span>
          ) : (
            <Link to={pathOf(hit)} className={styles.open}>
              <span>{hit.document_name}</span>
              <ArrowUpRight size={14} aria-hidden />
            </Link>
          )}
          {hit.headings.length > 0 && <span className={styles.headings}>{hit.headings.join(" › ")}</span>}
          <span className={styles.where}>{where.join(" · ")}</span>
        </header>
        <p className={styles.text}>
          <Marked text={hit.content} question={question} />
        </p>
        {hit.answer && (
          <p className={styles.answer}>
            <Marked text={hit.answer} question={question} />
          </p>
        )}
        {hit.children.length > 0 && (
          <div className={styles.children}>
            <span>{t("place.children", { count: hit.children.length })}</span>
            <ul>
              {hit.children.map((child) => (
                <li key={child.chunk_id}>
                  <Marked text={child.content} question={question} /> <b>{child.score.toFixed(2)}</b>
                </li>
              ))}
            </ul>
          </div>
        )}
        {hit.also.length > 0 && (
          <p className={styles.also}>
            {t("place.also")}{" "}
            {hit.also.map((place) => (
              <Link key={place.chunk_id} to={pathOf(place)}>
                <Tag>{place.document_name}</Tag>
              </Link>
            ))}
          </p>
        )}
        <footer className={styles.foot}>
          <Scores scores={hit.scores} />
          {!isExternal && (
            <span className={styles.actions}>
              <Button size="sm" variant="ghost" icon={<HelpCircle />} onClick={onWhy}>
                {t("why.button")}
              </Button>
              {onExpect &&
                (expected ? (
                  <Tag tone="ok">{t("case.made")}</Tag>
                ) : (
                  <Button size="sm" variant="ghost" icon={<ListPlus />} onClick={onExpect}>
                    {t("case.right")}
                  </Button>
                ))}
            </span>
          )}
        </footer>
      </div>
    </li>
  );
}

export const pathOf = (place: Pick<Place, "dataset_id" | "document_id" | "chunk_id">): string => `/knowledge/${place.dataset_id}/documents/${place.document_id}?chunk=${place.chunk_id}`;
