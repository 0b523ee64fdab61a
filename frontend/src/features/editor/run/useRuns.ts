/** Runs of the draft as the editor sees them: start one, watch one, stop it. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, appKeys, followRun, runNode, runQuery, startRun, stopRun, type NewRun, type Run } from "@/api";
import type { RunEvent } from "@/graph";
import { useEditor } from "../store/context";
import { followInto } from "./follow";
import { recallRun, rememberRun } from "./lastRun";

export interface Runs {
  /** Watch a run that somebody else started. */
  watch: (runId: string) => void;
  /** Resolves when the run has begun; rejects, and keeps the error, when it could not. */
  start: (run: Omit<NewRun, "target">) => Promise<Run>;
  /** Runs one node of the draft alone. */
  startNode: (nodeId: string, inputs: Record<string, unknown>) => Promise<Run>;
  stop: () => Promise<void>;
  clear: () => void;
  starting: boolean;
  /** Why no run could be started, or why it cannot be watched. */
  error: unknown;
}

export function useRuns(appId: string, beforeRun: () => Promise<void>): Runs {
  const editor = useEditor();
  const client = useQueryClient();
  const end = useRef<() => void>(() => undefined);
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => () => end.current(), []);

  const watch = useCallback(
    (runId: string) => {
      end.current();
      setError(null);
      rememberRun(appId, runId);
      const follower = followInto(editor, runId, () => {
        unsubscribe();
        void client.invalidateQueries({ queryKey: [...appKeys.one(appId), "runs"] });
      });
      const unsubscribe = followRun<RunEvent>(runId, { onEvent: follower.take, onReset: follower.restart, onError: setError });
      end.current = () => {
        unsubscribe();
        follower.stop();
      };
    },
    [editor, client, appId],
  );
  useRestore(appId, watch);

  const begin = useCallback(
    async (make: () => Promise<Run>) => {
      setStarting(true);
      setError(null);
      try {
        await beforeRun();
        const made = await make();
        watch(made.id);
        return made;
      } catch (cause) {
        setError(cause);
        throw cause;
      } finally {
        setStarting(false);
      }
    },
    [beforeRun, watch],
  );
  const start = useCallback((run: Omit<NewRun, "target">) => begin(() => startRun(appId, { ...run, target: "draft" })), [appId, begin]);
  const startNode = useCallback((nodeId: string, inputs: Record<string, unknown>) => begin(() => runNode(appId, nodeId, inputs)), [appId, begin]);

  const stop = useCallback(async () => {
    const { run } = editor.store.get();
    if (run) await stopRun(run.id).catch(setError);
  }, [editor]);

  const clear = useCallback(() => {
    end.current();
    rememberRun(appId, null);
    editor.show({ run: null, looks: {} });
  }, [editor, appId]);
  return useMemo(() => ({ watch, start, startNode, stop, clear, starting, error }), [watch, start, startNode, stop, clear, starting, error]);
}

const OVER = new Set(["finished", "failed", "stopped"]);

/** A reload loses no run: the one that was shown is shown again, and told on if it goes on. */
function useRestore(appId: string, watch: (runId: string) => void): void {
  const editor = useEditor();
  const client = useQueryClient();
  useEffect(() => {
    const last = recallRun(appId);
    if (last === null) return;
    let left = false;
    client.fetchQuery({ ...runQuery(last), retry: false }).then(
      ({ status }) => {
        if (left || editor.store.get().run) return;
        watch(last);
        if (!OVER.has(status)) editor.show({ preview: true });
      },
      (cause: unknown) => {
        if (cause instanceof ApiError && cause.status === 404) rememberRun(appId, null);
      },
    );
    return () => {
      left = true;
    };
  }, [appId, watch, editor, client]);
}
