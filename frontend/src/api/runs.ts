/** Runs: start, list, look into, stop, follow. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type TopicReader, tabSocket } from "./socket";
import { type NewRun, type Run, type RunEvent, type RunSnapshot, type RunStatus } from "./types";

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
