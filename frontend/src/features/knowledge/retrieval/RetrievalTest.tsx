/** Ask the knowledge base what an app would be given for a question, see how each passage came, and why others did not. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { History, Search, SlidersHorizontal } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ask, type Dataset, evaluationKeys, type Found, type FoundPassage, retrieve, type Retrieval, retrievalSettingsQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Input, Skeleton } from "@/kit";
import { changesOf } from "./changes";
import { ChunkPicker } from "./ChunkPicker";
import { QueryHistory } from "./QueryHistory";
import { Results } from "./Results";
import styles from "./RetrievalTest.module.css";
import { TestSettings } from "./TestSettings";
import { useExpect } from "./useExpect";
import { type Asked, WhyNotDialog } from "./WhyNotDialog";

export interface RetrievalTestProps {
  dataset: Dataset;
  /** A question to begin with, of a link. */
  question: string;
}

export function RetrievalTest({ dataset, question }: RetrievalTestProps) {
  const { t } = useTranslation("retrieval");
  const stored = useQuery(retrievalSettingsQuery(dataset.id));
  if (stored.isError) return <ErrorCard title={t("settingsNotLoaded")} error={stored.error} onRetry={() => void stored.refetch()} />;
  if (stored.isPending) return <Skeleton height={120} radius="var(--r3)" />;
  return <Test dataset={dataset} stored={stored.data} question={question} />;
}

function Test({ dataset, stored, question }: RetrievalTestProps & { stored: Retrieval }) {
  const { t } = useTranslation("retrieval");
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const [words, setWords] = useState(question);
  const [settings, setSettings] = useState<Retrieval>(stored);
  const [side, setSide] = useState<"settings" | "history" | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [picking, setPicking] = useState(false);
  const changes = changesOf(stored, settings);
  const search = useMutation<Found, unknown, Ask>({
    mutationFn: (ask) => retrieve(dataset.id, ask),
    onSuccess: () => void client.invalidateQueries({ queryKey: evaluationKeys.queries(dataset.id) }),
  });
  const ask: Ask = { query: words.trim(), settings: changes };
  const lastAsk = search.variables ?? ask;
  const expecting = useExpect(dataset.id, lastAsk.query);
  const run = (next: Ask = ask) => next.query && search.mutate(next);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run();
  };
  const again = (text: string) => {
    setWords(text);
    run({ ...ask, query: text });
  };
  const why = (hit: FoundPassage) => setAsked({ chunkId: hit.chunk_id, name: `${hit.document_name} · ${t("place.passage", { position: hit.position + 1 })}`, content: hit.content });
  const toggle = (next: "settings" | "history") => setSide(side === next ? null : next);

  return (
    <div className={styles.test} data-side={side ?? undefined}>
      <div className={styles.main}>
        <form className={styles.form} onSubmit={submit} role="search">
          <Input value={words} icon={<Search />} aria-label={t("test.query")} placeholder={t("test.placeholder")} maxLength={8000} onChange={(event) => setWords(event.target.value)} className={styles.query} />
          <Button type="submit" variant="primary" disabled={!words.trim()} loading={search.isPending}>
            {t("test.button")}
          </Button>
          <Button icon={<SlidersHorizontal />} aria-expanded={side === "settings"} onClick={() => toggle("settings")}>
            {t("test.settings")}
            {Object.keys(changes).length > 0 && <i className={styles.changed} role="img" aria-label={t("test.changed")} />}
          </Button>
          <Button icon={<History />} aria-expanded={side === "history"} onClick={() => toggle("history")}>
            {t("test.history")}
          </Button>
        </form>
        {search.isError && <ErrorCard title={t("test.failed")} error={search.error} onRetry={() => run(lastAsk)} />}
        {search.isIdle && <EmptyState compact picture="search" title={t("test.idleTitle")} text={t(dataset.chunk_count === 0 && !dataset.external ? "test.noDocuments" : "test.idleText")} />}
        {search.isPending && !search.data && <Skeleton height={160} radius="var(--r3)" />}
        {search.data && (
          <Results
            found={search.data}
            question={lastAsk.query}
            pending={search.isPending}
            expecting={mayEdit ? expecting : null}
            onWhy={why}
            onPick={dataset.external ? null : () => setPicking(true)}
          />
        )}
      </div>
      {side === "settings" && <TestSettings dataset={dataset} stored={stored} value={settings} onChange={setSettings} />}
      {side === "history" && <QueryHistory datasetId={dataset.id} onAsk={again} />}
      <WhyNotDialog datasetId={dataset.id} ask={lastAsk} asked={asked} onClose={() => setAsked(null)} />
      <ChunkPicker
        datasetId={dataset.id}
        open={picking}
        onClose={() => setPicking(false)}
        onPick={(picked) => {
          setPicking(false);
          setAsked(picked);
        }}
      />
    </div>
  );
}
