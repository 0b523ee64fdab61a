/** What a search found: the way there, what its scores mean, the passages. */
import { HelpCircle } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Found, type FoundPassage } from "@/api";
import { Button, EmptyState, ErrorCard, useFormat } from "@/kit";
import { Funnel } from "./Funnel";
import { Hit } from "./Hit";
import styles from "./RetrievalTest.module.css";
import { type useExpect } from "./useExpect";

export interface ResultsProps {
  found: Found;
  question: string;
  pending: boolean;
  /** Null for who may not make cases. */
  expecting: ReturnType<typeof useExpect> | null;
  onWhy: (hit: FoundPassage) => void;
  /** Asks of a passage that is not among them; null where nobody can tell. */
  onPick: (() => void) | null;
}

export function Results({ found, question, pending, expecting, onWhy, onPick }: ResultsProps) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const [showsFunnel, setShowsFunnel] = useState(true);
  const hits = found.items;
  const method = hits[0]?.score_method;
  return (
    <section className={styles.results} aria-live="polite" aria-busy={pending} data-pending={pending || undefined}>
      <div className={styles.summary}>
        <strong>{t("test.found", { count: hits.length })}</strong>
        <span>{t("test.in", { time: format.duration(found.elapsed_ms) })}</span>
        {found.funnel && (
          <Button size="sm" variant="ghost" aria-expanded={showsFunnel} onClick={() => setShowsFunnel(!showsFunnel)}>
            {t(showsFunnel ? "funnel.hide" : "funnel.show")}
          </Button>
        )}
      </div>
      {found.funnel && showsFunnel && <Funnel funnel={found.funnel} used={hits.length} />}
      {expecting?.failure !== undefined && expecting?.failure !== null && <ErrorCard compact title={t("case.failed")} error={expecting.failure} />}
      {method && <p className={styles.note}>{t(`meaning.${method}`)}</p>}
      {hits.length === 0 && <EmptyState compact picture="search" title={t("test.nothing")} text={t("test.nothingText")} />}
      <ol className={styles.hits}>
        {hits.map((hit, index) => (
          <Hit key={hit.chunk_id} rank={index + 1} hit={hit} question={question} expected={expecting?.has(hit.chunk_id) ?? false} onExpect={expecting ? () => expecting.expect(hit.chunk_id) : null} onWhy={() => onWhy(hit)} />
        ))}
      </ol>
      {onPick && (
        <p className={styles.summary}>
          {t("why.missing")}
          <Button size="sm" icon={<HelpCircle />} onClick={onPick}>
            {t("why.pick")}
          </Button>
        </p>
      )}
    </section>
  );
}
