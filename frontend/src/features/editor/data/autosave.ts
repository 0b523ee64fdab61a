/**
 * Saves the draft while one works. Knows when to save and what to do with a refusal; knows nothing of how a save is sent.
 * One save is under way at a time; what changed meanwhile follows it.
 */
import type { Definition, Fault } from "@/graph";
import type { Conflict, Editor } from "../store/state";

export interface Saved {
  revision: number;
  faults: readonly Fault[];
}

export interface AutosaveOptions {
  editor: Editor;
  send: (document: Definition, revision: number) => Promise<Saved>;
  /** The other's draft, when the server refused because of it. */
  conflictOf: (error: unknown) => Conflict | null;
  /** Trying again may help: the network was away. */
  isPassing: (error: unknown) => boolean;
  delayMs?: number;
  retryMs?: number;
}

export interface Autosave {
  /** Resolves when the server has the draft as it is now; rejects when it will not take it. */
  flush: () => Promise<void>;
  /** Write mine over theirs. */
  keepMine: () => void;
  /** True when something is not on the server yet. */
  pending: () => boolean;
  /** The server has this document already. */
  settle: (document: Definition) => void;
  stop: () => void;
}

export function startAutosave({ editor, send, conflictOf, isPassing, delayMs = 700, retryMs = 4000 }: AutosaveOptions): Autosave {
  const { store } = editor;
  let saved = store.get().history.doc;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let under: Promise<void> | null = null;

  const isPending = () => store.get().history.doc !== saved;
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void push().catch(() => undefined), ms);
  };

  const push = (): Promise<void> => {
    clearTimeout(timer);
    under ??= sendNow().finally(() => {
      under = null;
    });
    return under;
  };

  const sendNow = async (): Promise<void> => {
    while (isPending()) {
      const { history, revision, conflict, saveError } = store.get();
      if (conflict) throw saveError;
      store.set({ save: "saving" });
      try {
        const result = await send(history.doc, revision);
        saved = history.doc;
        store.set({ revision: result.revision, saveError: null, save: isPending() ? "dirty" : "saved" });
        editor.setServerFaults(result.faults, history.doc);
      } catch (error) {
        refuse(error);
        throw error;
      }
    }
    store.set({ save: "saved" });
  };

  const refuse = (error: unknown) => {
    const conflict = conflictOf(error);
    store.set({ saveError: error, save: conflict ? "conflict" : "failed", conflict });
    if (!conflict && isPassing(error)) later(retryMs);
  };

  const unsubscribe = store.subscribe(() => {
    const state = store.get();
    if (state.save === "dirty" && !state.conflict && isPending() && !under) later(delayMs);
  });

  return {
    pending: isPending,
    flush: async () => {
      if (under) await under.catch(() => undefined);
      if (isPending()) await push();
    },
    keepMine: () => {
      const { conflict } = store.get();
      if (!conflict) return;
      store.set({ revision: conflict.revision, conflict: null, saveError: null, save: "dirty" });
      void push().catch(() => undefined);
    },
    settle: (document) => {
      saved = document;
      store.set({ save: "saved", conflict: null, saveError: null });
    },
    stop: () => {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
