/** The conversation in the preview: turns, each a run of the draft; the one under way is read from the canvas's run. */
import { useCallback, useMemo, useState } from "react";
import { ApiError, type Run } from "@/api";
import type { Runs } from "../../run/useRuns";
import { useEditor, useEditorState } from "../../store/context";
import type { EditorState } from "../../store/state";
import type { Inputs } from "../startVariables";
import type { Turn } from "./messages";

const selectRun = (state: EditorState) => state.run;

export interface Chat {
  turns: readonly Turn[];
  send: (query: string, inputs: Inputs) => void;
  restart: () => void;
}

export function useChat(runs: Runs): Chat {
  const editor = useEditor();
  const [past, setPast] = useState<Turn[]>([]);
  const [conversation, setConversation] = useState<string | null>(null);
  const run = useEditorState(selectRun);
  const turns = useMemo(() => past.map((turn) => (run && turn.runId === run.id ? { ...turn, run } : turn)), [past, run]);

  const send = useCallback(
    (query: string, inputs: Inputs) => {
      const key = `turn-${Date.now()}`;
      const { run: before } = editor.store.get();
      const settle = (turn: Turn) => (before && turn.runId === before.id ? { ...turn, run: before } : turn);
      const change = (patch: Partial<Turn>) => setPast((list) => list.map((turn) => (turn.key === key ? { ...turn, ...patch } : turn)));
      setPast((list) => [...list.map(settle), { key, query, runId: null, run: null, error: null }]);
      runs.start({ inputs, query, conversation_id: conversation }).then(
        (started: Run) => {
          setConversation(started.conversation_id);
          change({ runId: started.id });
        },
        (error: unknown) => change({ error: errorOf(error) }),
      );
    },
    [editor, runs, conversation],
  );

  const restart = useCallback(() => {
    setPast([]);
    setConversation(null);
    runs.clear();
  }, [runs]);
  return { turns, send, restart };
}

function errorOf(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: error instanceof Error ? error.message : String(error) };
}
