/** Ask the knowledge base what an app would be given for a question, and see how good each passage is. */
import { useMutation } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { retrieve } from "@/api";
import { Button, EmptyState, ErrorCard, Field, Input, Select, useFormat } from "@/kit";
import { Hit, type FoundPassage } from "./Hit";
import styles from "./RetrievalTest.module.css";

const TOP_K = ["3", "5", "10", "20"] as const;
const FLOORS = ["0", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"] as const;

export interface RetrievalTestProps {
  datasetId: string;
  isEmpty: boolean;
  onOpen: (documentId: string, position: number) => void;
}

export function RetrievalTest({ datasetId, isEmpty, onOpen }: RetrievalTestProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const [query, setQuery] = useState("");
  const [topK, setTopK] = useState<(typeof TOP_K)[number]>("5");
  const [floor, setFloor] = useState<(typeof FLOORS)[number]>("0");
  const search = useMutation({
    mutationFn: () => retrieve(datasetId, { query: query.trim(), top_k: Number(topK), score_threshold: floor === "0" ? null : Number(floor) }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (query.trim()) search.mutate();
  };
  const hits: FoundPassage[] = search.data?.items ?? [];

  return (
    <div className={styles.test}>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t("test.query")} className={styles.query}>
          <Input value={query} icon={<Search />} placeholder={t("test.placeholder")} maxLength={8000} onChange={(event) => setQuery(event.target.value)} />
        </Field>
        <Field label={t("test.topK")}>
          <Select value={topK} onChange={setTopK} options={TOP_K.map((value) => ({ value, label: value }))} />
        </Field>
        <Field label={t("test.floor")}>
          <Select value={floor} onChange={setFloor} options={FLOORS.map((value) => ({ value, label: value === "0" ? t("test.noFloor") : value }))} />
        </Field>
        <Button type="submit" variant="primary" className={styles.submit} disabled={!query.trim()} loading={search.isPending}>
          {t("test.button")}
        </Button>
      </form>
      {search.isError && <ErrorCard title={t("test.failed")} error={search.error} onRetry={() => search.mutate()} />}
      {search.isIdle && <EmptyState compact picture="search" title={t("test.idleTitle")} text={t(isEmpty ? "test.noDocuments" : "test.idleText")} />}
      {search.isSuccess && (
        <section className={styles.results} aria-live="polite">
          <p className={styles.summary}>
            <strong>{t("test.found", { count: hits.length })}</strong> {t("test.in", { time: format.duration(search.data.elapsed_ms) })}
          </p>
          {hits.length > 0 ? <p className={styles.meaning}>{t(`test.meaning.${meaningOf(hits)}`)}</p> : <p className={styles.meaning}>{t("test.nothing")}</p>}
          <ol className={styles.hits}>
            {hits.map((hit, i) => (
              <Hit key={hit.chunk_id} rank={i + 1} hit={hit} onOpen={() => onOpen(hit.document_id, hit.position)} />
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

function meaningOf(hits: readonly FoundPassage[]): "cosine" | "terms" {
  return hits.some((hit) => hit.score_method === "terms") ? "terms" : "cosine";
}
