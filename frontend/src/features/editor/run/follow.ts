/** Folds a run's events into the editor as they come, a few times a second. Knows nothing of sockets. */
import { fold, freshRun, isOver, type RunEvent } from "@/graph";
import type { Editor } from "../store/state";

const GATHER_MS = 40;

export interface Follower {
  take: (event: RunEvent) => void;
  /** Forget what came so far; it comes again. */
  restart: () => void;
  stop: () => void;
}

export function followInto(editor: Editor, runId: string, onOver: () => void): Follower {
  const { store } = editor;
  let queue: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const before = store.get();
  // Another run has other rounds; the same one, taken up again after a wait, keeps what one looks at.
  store.set({ run: { id: runId, state: freshRun(), events: [], since: Date.now() }, ...(before.run?.id === runId ? {} : { looks: {} }) });

  const drain = () => {
    timer = undefined;
    const { run } = store.get();
    if (run?.id !== runId || queue.length === 0) return;
    const events = queue;
    queue = [];
    const state = fold(events, run.state);
    store.set({ run: { ...run, state, events: [...run.events, ...events] } });
    if (isOver(state)) onOver();
  };

  const restart = () => {
    queue = [];
    const { run } = store.get();
    if (run?.id === runId) store.set({ run: { ...run, state: freshRun(), events: [] } });
  };

  return {
    restart,
    take: (event) => {
      queue.push(event);
      timer ??= setTimeout(drain, GATHER_MS);
    },
    stop: () => {
      clearTimeout(timer);
      drain();
    },
  };
}
