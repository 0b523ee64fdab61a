/** Runs: start, list, look into, stop, follow. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, API_ROOT, type Items } from "./client";
import { type TopicReader, tabSocket } from "./socket";
import { readStream } from "./stream";
import { type NewRun, type Run, type RunEvent, type RunSnapshot, type RunStatus } from "./types";

const LAST_EVENTS: ReadonlySet<string> = new Set(["run_finished", "run_failed", "run_paused", "run_stopped"]);
export const isLastEvent = (event: { type: string }): boolean => LAST_EVENTS.has(event.type);

export const runKeys = {
  list: (appId: string, status: string) => ["apps", appId, "runs", status] as const,
  one: (id: string) => ["runs", id] as const,
  log: (id: string) => ["runs", id, "log"] as const,
};

export const runsQuery = (appId: string, status: RunStatus | "" = "") => infiniteQueryOptions({
  queryKey: runKeys.list(appId, status),
  queryFn: ({ pageParam, signal }) => api.get<Items<Run>>(`/apps/${appId}/runs`, { query: { status, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const runQuery = <S = unknown>(id: string) => queryOptions({ queryKey: runKeys.one(id), queryFn: ({ signal }) => api.get<RunSnapshot<S>>(`/runs/${id}`, { signal }) });
export const runLogQuery = <E = RunEvent>(id: string) => queryOptions({ queryKey: runKeys.log(id), queryFn: ({ signal }) => api.get<Items<E>>(`/runs/${id}/log`, { signal }) });

export const startRun = (appId: string, run: NewRun) => api.post<Run>(`/apps/${appId}/runs`, run);
export const stopRun = (id: string) => api.post<void>(`/runs/${id}/stop`);

/** Follows a run over the tab's socket from `after`. Returns what ends it. */
export const followRun = <E = RunEvent>(id: string, reader: TopicReader<E>, after = 0): (() => void) => tabSocket().subscribe<E>(`run:${id}`, reader, after);

/** Follows a run over SSE, for places without a socket. `onReset`: forget what was yielded, everything follows again. */
export function streamRun<E extends { type: string } = RunEvent>(id: string, onReset: () => void, after = 0, signal?: AbortSignal): AsyncGenerator<E> {
  return readStream<E>({
    open: (last, abort) => fetch(`${API_ROOT}/runs/${id}/events?after=${last ?? after}`, { signal: abort, credentials: "same-origin", headers: { Accept: "text/event-stream" } }),
    isLast: isLastEvent,
    onReset,
    signal,
  });
}
