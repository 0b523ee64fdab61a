/** The passages of a document: looked through, searched, changed. What is selected is brought into view. */
import { Plus, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk, type KnowledgeDocument, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Input, Skeleton, useFormat } from "@/kit";
import { VirtualList, type VirtualListHandle } from "../lists/VirtualList";
import { type Asked, WhyNotDialog } from "../retrieval/WhyNotDialog";
import { ChunkEditor } from "./ChunkEditor";
import { PassageItem } from "./PassageItem";
import styles from "./Passages.module.css";
import { useChunkActions } from "./useChunkActions";
import { type useChunks, withWords } from "./useChunks";

export interface PassagesProps {
  document: KnowledgeDocument;
  loaded: ReturnType<typeof useChunks>;
  selected: string | null;
  onSelect: (chunkId: string | null) => void;
}

export function Passages({ document, loaded, selected, onSelect }: PassagesProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const list = useRef<VirtualListHandle>(null);
  const [words, setWords] = useState("");
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const actions = useChunkActions(document, loaded);
  const passages = useMemo(() => loaded.chunks.filter((chunk) => !actions.hidden.has(chunk.id)), [loaded.chunks, actions.hidden]);
  const shown = useMemo(() => withWords(passages, words), [passages, words]);
  const wanted = loaded.opened?.parent_id ?? selected;
  const index = wanted === null ? -1 : shown.findIndex((chunk) => chunk.id === wanted);
  useEffect(() => {
    if (index >= 0) list.current?.show(index, "center");
  }, [index, selected]);
  const isPairs = passages[0]?.kind === "pair";
  const { query } = loaded;

  return (
    <div className={styles.passages}>
      <div className={styles.tools}>
        <Input size="sm" icon={<Search />} aria-label={t("chunk.search")} placeholder={t("chunk.search")} value={words} onChange={(event) => setWords(event.target.value)} className={styles.search} />
        <span className={styles.count} role="status">
          {words.trim() ? t("chunk.ofAll", { shown: format.number(shown.length), all: format.number(passages.length) }) : t("chunks", { count: passages.length, n: format.number(passages.length) })}
        </span>
        {mayEdit && (
          <Button size="sm" icon={<Plus />} onClick={() => setAdding(true)}>
            {t("chunk.add")}
          </Button>
        )}
      </div>
      {actions.failure !== null && <div className={styles.pad}><ErrorCard compact title={t("actionFailed")} error={actions.failure} /></div>}
      {query.isError && <div className={styles.pad}><ErrorCard compact title={t("chunksNotLoaded")} error={query.error} onRetry={() => void query.refetch()} /></div>}
      {query.isPending && <div className={styles.pad}><Skeleton height={140} radius="var(--r2)" /></div>}
      {adding && (
        <div className={styles.pad}>
          <ChunkEditor kind={isPairs ? "pair" : "passage"} title={t("chunk.new")} start={{ content: "" }} save={async (input) => onSelect((await actions.add(input)).id)} onDone={() => setAdding(false)} />
        </div>
      )}
      {query.isSuccess && passages.length === 0 && !adding && <EmptyState compact picture="knowledge" title={t("chunk.none")} text={t(document.stage === "failed" ? "chunk.noneFailed" : "noChunks")} />}
      {shown.length === 0 && passages.length > 0 && <EmptyState compact picture="search" title={t("chunk.noneWith", { words: words.trim() })} />}
      <div className={styles.scroll}>
        <VirtualList ref={list} items={shown} itemKey={keyOf} estimate={150} gap={10} label={t("passages")} className={styles.list}>
          {(chunk) => <PassageItem chunk={chunk} opened={loaded.opened} selected={selected} mayEdit={mayEdit} actions={actions} onSelect={onSelect} onWhyNot={(missed) => setAsked({ chunkId: missed.id, name: `${document.name} · ${t("passage", { position: missed.position + 1 })}`, content: missed.content })} />}
        </VirtualList>
      </div>
      <WhyNotDialog datasetId={document.dataset_id} ask={null} asked={asked} onClose={() => setAsked(null)} />
    </div>
  );
}

const keyOf = (chunk: Chunk): string => chunk.id;
