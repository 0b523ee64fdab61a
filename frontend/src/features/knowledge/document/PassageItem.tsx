/** A passage of the list; a parent opens to the smaller ones cut out of it. Each turns into an editor in its place. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk, childrenQuery } from "@/api";
import { Button, ErrorCard, Skeleton, useFormat } from "@/kit";
import { ChunkCard } from "./ChunkCard";
import { ChunkEditor } from "./ChunkEditor";
import styles from "./Passages.module.css";
import { type ChunkActions } from "./useChunkActions";

export interface PassageItemProps {
  chunk: Chunk;
  /** A child that is selected. */
  opened: Chunk | null;
  selected: string | null;
  mayEdit: boolean;
  actions: ChunkActions;
  onSelect: (chunkId: string | null) => void;
  onWhyNot: (chunk: Chunk) => void;
}

export function PassageItem(props: PassageItemProps) {
  const { chunk, opened } = props;
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const [adding, setAdding] = useState(false);
  if (chunk.kind !== "parent") return <Card {...props} chunk={chunk} />;
  const isOpen = open || adding || opened?.parent_id === chunk.id;
  return (
    <div>
      <Card {...props} chunk={chunk} onAddChild={() => setAdding(true)} />
      <Button size="sm" variant="ghost" icon={isOpen ? <ChevronDown /> : <ChevronRight />} className={styles.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t("chunk.children", { count: chunk.child_count, n: format.number(chunk.child_count) })}
      </Button>
      {isOpen && <Children {...props} adding={adding} onAdded={() => setAdding(false)} />}
    </div>
  );
}

function Children({ adding, onAdded, ...props }: PassageItemProps & { adding: boolean; onAdded: () => void }) {
  const { chunk: parent, actions } = props;
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const query = useQuery(childrenQuery(parent.id));
  const refresh = () => client.invalidateQueries({ queryKey: childrenQuery(parent.id).queryKey });
  return (
    <div className={styles.children} role="group" aria-label={t("chunk.childrenOf", { position: parent.position + 1 })}>
      {query.isPending && <Skeleton height={60} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("chunksNotLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {(query.data?.items ?? []).filter((child) => !actions.hidden.has(child.id)).map((child) => <Card key={child.id} {...props} chunk={child} onChanged={refresh} />)}
      {adding && (
        <ChunkEditor
          kind="child"
          title={t("chunk.new")}
          start={{ content: "" }}
          save={async ({ content }) => {
            await actions.addChild(parent.id, content);
            await refresh();
          }}
          onDone={onAdded}
        />
      )}
    </div>
  );
}

function Card({ chunk, selected, mayEdit, actions, onSelect, onWhyNot, onAddChild, onChanged }: PassageItemProps & { onAddChild?: () => void; onChanged?: () => Promise<void> }) {
  const { t } = useTranslation("knowledge");
  const [editing, setEditing] = useState(false);
  if (editing) {
    const save = async (input: Parameters<typeof actions.change>[1]) => {
      await actions.change(chunk.id, chunk.kind === "child" ? { content: input.content ?? chunk.content } : input);
      await onChanged?.();
    };
    return <ChunkEditor kind={chunk.kind} title={t("passage", { position: chunk.position + 1 })} start={chunk} save={save} onDone={() => setEditing(false)} />;
  }
  return (
    <ChunkCard
      chunk={chunk}
      selected={chunk.id === selected}
      mayEdit={mayEdit}
      onSelect={() => onSelect(chunk.id === selected ? null : chunk.id)}
      onEdit={() => setEditing(true)}
      onEnable={(on) => actions.enable(chunk.id, on, onChanged)}
      onDelete={() => actions.remove(chunk, onChanged)}
      onAddChild={onAddChild}
      onWhyNot={() => onWhyNot(chunk)}
    />
  );
}
