/** The conversation in the preview: turns, each a run of the draft; the one under way is read from the canvas's run. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, runLogQuery, type Run } from "@/api";
import { fold, type RunEvent } from "@/graph";
import { recallRun, recallTalk, rememberTalk } from "../../run/lastRun";
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

export function useChat(appId: string, runs: Runs): Chat {
  const editor = useEditor();
  const [past, setPast] = useState<Turn[]>(() => recallTalk(appId).turns.map(({ runId, query }) => ({ key: `turn-${runId}`, query, runId, run: null, error: null })));
  const [conversation, setConversation] = useState<string | null>(() => recallTalk(appId).conversation);
  useFormerRuns(appId, setPast);
  useEffect(() => {
    rememberTalk(appId, { conversation, turns: past.flatMap(({ runId, query }) => (runId ? [{ runId, query }] : [])) });
  }, [appId, past, conversation]);
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

/** After a reload: what the former runs of this conversation said. The one that the canvas shows tells of itself. */
function useFormerRuns(appId: string, setPast: React.Dispatch<React.SetStateAction<Turn[]>>): void {
  const client = useQueryClient();
  useEffect(() => {
    const shown = recallRun(appId);
    const change = (runId: string, patch: Partial<Turn>) => setPast((list) => list.map((turn) => (turn.runId === runId ? { ...turn, ...patch } : turn)));
    for (const { runId } of recallTalk(appId).turns) {
      if (runId === shown) continue;
      client.fetchQuery({ ...runLogQuery<RunEvent>(runId), retry: false }).then(
        ({ items }) => change(runId, { run: { state: fold(items), events: items } }),
        (error: unknown) => change(runId, { error: errorOf(error) }),
      );
    }
  }, [appId, client, setPast]);
}

function errorOf(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: error instanceof Error ? error.message : String(error) };
}
