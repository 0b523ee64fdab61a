/** What a search over settings comes to: the gain with a way to take it, or what is missing for one. */
import { Check, ListPlus } from "lucide-react";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type SearchResult } from "@/api";
import { Button, State, useFormat } from "@/kit";
import styles from "./Evaluation.module.css";
import { signed } from "./measures";

export interface VerdictProps {
  result: SearchResult;
  /** The best setting in words. */
  setting: string;
  /** Takes the gain; null where it may not be taken. */
  onApply: (() => void) | null;
  applying: boolean;
  applied: boolean;
  onAddCases: () => void;
  children?: ReactNode;
}

export function Verdict({ result, setting, onApply, applying, applied, onAddCases, children }: VerdictProps) {
  const { t } = useTranslation("evaluation");
  const { verdict, gain, cases } = result;
  const isGain = verdict === "gain";
  const tellsGain = isGain || verdict === "not_significant";
  return (
    <section className={styles.verdict} data-gain={isGain || undefined}>
      <h3>{t(`search.verdict.${verdict}`, { setting })}</h3>
      {tellsGain && <p>{t("search.gain", { gain: signed(gain.difference), low: signed(gain.low), high: signed(gain.high), count: cases })}</p>}
      {verdict === "not_significant" && <p>{t("search.includesZero")}</p>}
      {verdict === "too_few_cases" && <Missing result={result} />}
      {(verdict === "not_significant" || verdict === "too_few_cases") && (
        <div className={styles.row}>
          <Button size="sm" icon={<ListPlus />} onClick={onAddCases}>
            {t("search.addCases")}
          </Button>
        </div>
      )}
      {isGain && (onApply || applied) && (
        <div className={styles.row}>
          <Button variant="primary" icon={<Check />} loading={applying} disabled={applied || !onApply} onClick={() => onApply?.()}>
            {t("search.apply")}
          </Button>
          <span role="status">{applied && <State tone="ok">{t("search.applied")}</State>}</span>
        </div>
      )}
      {children}
    </section>
  );
}

function Missing({ result: { cases, documents, needed } }: { result: SearchResult }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  if (!needed || documents === undefined) return null;
  return (
    <ul className={styles.missing}>
      {cases < needed.cases && <li>{t("search.missingCases", { count: needed.cases - cases, have: format.number(cases), needed: format.number(needed.cases) })}</li>}
      {documents < needed.documents && <li>{t("search.missingDocuments", { count: needed.documents })}</li>}
    </ul>
  );
}
