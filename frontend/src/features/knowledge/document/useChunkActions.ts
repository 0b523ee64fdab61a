/** What can be done to the passages of a document, each in its place at once. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addChild, addChunk, type Chunk, type ChunkInput, deleteChunk, documentQuery, type KnowledgeDocument, updateChunk } from "@/api";
import { useUndo } from "@/kit";
import { type useChunks } from "./useChunks";

export type ChunkActions = ReturnType<typeof useChunkActions>;

export function useChunkActions(document: KnowledgeDocument, { put, drop, refresh }: ReturnType<typeof useChunks>) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const recount = () => void client.invalidateQueries({ queryKey: documentQuery(document.id).queryKey });

  const change = async (id: string, input: Partial<ChunkInput>) => put(await updateChunk(id, input));
  const enable = async (id: string, on: boolean, changed?: () => Promise<void>) => {
    setFailure(null);
    try {
      put(await updateChunk(id, { is_enabled: on }));
      await changed?.();
    } catch (error) {
      setFailure(error);
    }
  };
  const add = async (input: ChunkInput) => {
    const chunk = await addChunk(document.id, input);
    await refresh();
    recount();
    return chunk;
  };
  const addUnder = async (parentId: string, content: string) => {
    await addChild(parentId, content);
    await refresh();
  };
  const remove = (chunk: Chunk, changed?: () => Promise<void>) => {
    setFailure(null);
    setHidden((now) => new Set(now).add(chunk.id));
    offerUndo({
      message: t("deleted", { name: t("passage", { position: chunk.position + 1 }) }),
      undo: () => show(chunk.id),
      commit: async () => {
        try {
          await deleteChunk(chunk.id);
          drop(chunk.id);
          await changed?.();
          recount();
        } catch (error) {
          setFailure(error);
        } finally {
          show(chunk.id);
        }
      },
    });
  };
  return { hidden, failure, change, enable: (id: string, on: boolean, changed?: () => Promise<void>) => void enable(id, on, changed), add, addChild: addUnder, remove };
}
