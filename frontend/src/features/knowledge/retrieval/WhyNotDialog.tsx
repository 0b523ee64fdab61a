/** Why a passage was not found, or where it came: the stage that decided, its score there, what it would have needed, what to do. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { ListPlus } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Ask, chunkQuery, useMay, type Why, whyNot } from "@/api";
import { Button, Dialog, ErrorCard, Input, Skeleton, Tag } from "@/kit";
import { Scores } from "./Scores";
import { useExpect } from "./useExpect";
import { conditionText, remedyOf, toneOfStage } from "./verdict";
import styles from "./WhyNotDialog.module.css";

export interface Asked {
  chunkId: string;
  name: string;
  content: string;
}

export interface WhyNotDialogProps {
  datasetId: string;
  /** The search it was not found by; null asks for a question first. */
  ask: Ask | null;
  asked: Asked | null;
  onClose: () => void;
}

export function WhyNotDialog({ datasetId, ask, asked, onClose }: WhyNotDialogProps) {
  const { t } = useTranslation("retrieval");
  return (
    <Dialog open={asked !== null} onOpenChange={(open) => !open && onClose()} title={t("why.title")} description={asked?.name} width="md">
      {asked && <Inner key={asked.chunkId} datasetId={datasetId} ask={ask} asked={asked} />}
    </Dialog>
  );
}

function Inner({ datasetId, ask, asked }: { datasetId: string; ask: Ask | null; asked: Asked }) {
  const { t } = useTranslation("retrieval");
  const mayEdit = useMay("editor");
  const [words, setWords] = useState(ask?.query ?? "");
  const why = useMutation({ mutationFn: (query: string) => whyNot(datasetId, { query, settings: ask?.settings ?? {} }, asked.chunkId) });
  const expecting = useExpect(datasetId, words.trim());
  const { mutate } = why;
  const given = ask?.query;
  useEffect(() => {
    if (given) mutate(given);
  }, [given, mutate]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim()) mutate(words.trim());
  };
  return (
    <div className={styles.body}>
      <blockquote className={styles.passage}>{asked.content}</blockquote>
      <form className={styles.ask} onSubmit={submit}>
        <Input value={words} aria-label={t("test.query")} placeholder={t("why.question")} maxLength={8000} onChange={(event) => setWords(event.target.value)} />
        <Button type="submit" disabled={!words.trim()} loading={why.isPending}>
          {t("why.ask")}
        </Button>
      </form>
      {why.isPending && <Skeleton height={72} radius="var(--r2)" />}
      {why.isError && <ErrorCard compact title={t("why.failed")} error={why.error} onRetry={() => mutate(words.trim())} />}
      {why.data && !why.isPending && <Verdict why={why.data} datasetId={datasetId} />}
      {expecting.failure !== null && <ErrorCard compact title={t("case.failed")} error={expecting.failure} />}
      {why.data && mayEdit && (
        <div className={styles.actions}>
          {expecting.has(asked.chunkId) ? (
            <>
              <Tag tone="ok">{t("case.made")}</Tag>
              <Link to={`/knowledge/${datasetId}?tab=evaluation&view=cases`}>{t("case.see")}</Link>
            </>
          ) : (
            <Button icon={<ListPlus />} loading={expecting.pending} onClick={() => expecting.expect(asked.chunkId)}>
              {t("case.should")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Verdict({ why, datasetId }: { why: Why; datasetId: string }) {
  const { t } = useTranslation("retrieval");
  const known = t(`verdict.${why.stage}.title`, { defaultValue: "" }) !== "";
  const stage = known ? why.stage : "unknown";
  const { conditions = [], missing_words: missing = [], similarity, cutoffs, weight } = why.details;
  return (
    <section className={styles.verdict} data-tone={toneOfStage(stage)} role="status">
      <h3>{t(`verdict.${stage}.title`, { rank: why.rank ?? 0, stage: why.stage })}</h3>
      <p>{t(known ? remedyOf(why) : "verdict.unknown.remedy", { model: weight?.model, script: weight && t(`reading.script.${weight.script}`) })}</p>
      {why.score !== null && why.cutoff !== null && (
        <p className={styles.numbers}>
          {t("why.score")} <b>{why.score.toFixed(2)}</b> · {t("why.needed")} <b>{stage === "per_document" || stage === "budget" ? why.cutoff : why.cutoff.toFixed(2)}</b>
          {why.rank !== null && <> · {t("scores.rank", { rank: why.rank })}</>}
        </p>
      )}
      {conditions.length > 0 && (
        <ul className={styles.list}>
          {conditions.map((condition, index) => (
            <li key={index}>{conditionText(condition, t)}</li>
          ))}
        </ul>
      )}
      {missing.length > 0 && (
        <p className={styles.terms}>
          {t("why.missingTerms")}{" "}
          {missing.map((term) => (
            <Tag key={term}>{term}</Tag>
          ))}
        </p>
      )}
      {typeof similarity === "number" && (
        <p className={styles.numbers}>
          {t("why.similarity")} <b>{similarity.toFixed(2)}</b>
          {typeof cutoffs?.vector === "number" && (
            <>
              {" "}
              · {t("why.needed")} <b>{cutoffs.vector.toFixed(2)}</b>
            </>
          )}
        </p>
      )}
      {why.other_chunk_id && <Other datasetId={datasetId} chunkId={why.other_chunk_id} />}
      {Object.keys(why.scores).length > 0 && <Scores scores={why.scores} />}
    </section>
  );
}

/** The passage that stands for it, or before it. */
function Other({ datasetId, chunkId }: { datasetId: string; chunkId: string }) {
  const { t } = useTranslation("retrieval");
  const other = useQuery(chunkQuery(chunkId));
  if (!other.data) return null;
  return (
    <p className={styles.other}>
      {t("why.other")}{" "}
      <Link to={`/knowledge/${datasetId}/documents/${other.data.document_id}?chunk=${chunkId}`}>{other.data.content.slice(0, 120)}</Link>
    </p>
  );
}
