/** Ties autosave to the server and to the life of the page. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, saveDraft, sessionQuery } from "@/api";
import type { Definition } from "@/graph";
import type { Conflict, Editor } from "../store/state";
import { startAutosave, type Autosave } from "./autosave";

export function useAutosave(editor: Editor, appId: string): Autosave | null {
  const [autosave, setAutosave] = useState<Autosave | null>(null);
  const client = useQueryClient();
  useEffect(() => {
    const started = startAutosave({
      editor,
      send: (document, revision) => saveDraft(appId, document, revision),
      conflictOf: (error) => conflictOf(error, client.getQueryData(sessionQuery.queryKey)?.user.id),
      isPassing: (error) => error instanceof ApiError && (error.status === 0 || error.status >= 500),
    });
    setAutosave(started);
    const leave = () => {
      if (!started.pending()) return;
      const { history, revision, conflict } = editor.store.get();
      if (!conflict) void saveDraft(appId, history.doc, revision, { keepalive: true }).catch(() => undefined);
    };
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      void started.flush().catch(() => undefined);
      started.stop();
    };
  }, [editor, appId, client]);
  return autosave;
}

function conflictOf(error: unknown, me: string | undefined): Conflict | null {
  if (!(error instanceof ApiError) || error.status !== 409) return null;
  const { revision, document, updated_by, updated_by_id, updated_at } = error.details;
  if (typeof revision !== "number" || typeof document !== "object" || document === null) return null;
  return {
    revision,
    document: document as Definition,
    by: nameOf(updated_by),
    own: me !== undefined && updated_by_id === me,
    at: typeof updated_at === "string" ? updated_at : null,
  };
}

function nameOf(person: unknown): string | null {
  if (typeof person === "string") return person;
  const name = (person as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : null;
}
