/** Runs: start, list, look into, stop, follow. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, API_ROOT, type Items } from "./client";
import { type TopicReader, tabSocket } from "./socket";
import { type NewRun, type NodeInputs, type Run, type RunEvent, type RunSnapshot, type RunStatus } from "./types";

export const runKeys = {
  list: (appId: string, status: string, source: string) => ["apps", appId, "runs", status, source] as const,
  one: (id: string) => ["runs", id] as const,
  log: (id: string) => ["runs", id, "log"] as const,
};

export const runsQuery = (appId: string, status: RunStatus | "" = "", source = "") => infiniteQueryOptions({
  queryKey: runKeys.list(appId, status, source),
  queryFn: ({ pageParam, signal }) => api.get<Items<Run>>(`/apps/${appId}/runs`, { query: { status, source, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const runQuery = <S = unknown>(id: string) => queryOptions({ queryKey: runKeys.one(id), queryFn: ({ signal }) => api.get<RunSnapshot<S>>(`/runs/${id}`, { signal }) });
export const runLogQuery = <E = RunEvent>(id: string) => queryOptions({ queryKey: runKeys.log(id), queryFn: ({ signal }) => api.get<Items<E>>(`/runs/${id}/log`, { signal }) });

export const startRun = (appId: string, run: NewRun) => api.post<Run>(`/apps/${appId}/runs`, run);
export const stopRun = (id: string) => api.post<void>(`/runs/${id}/stop`);

/** Follows a run over the tab's socket from `after`. Returns what ends it. */
export const followRun = <E = RunEvent>(id: string, reader: TopicReader<E>, after = 0): (() => void) => tabSocket().subscribe<E>(`run:${id}`, reader, after);

/** Answers a form that a run waits for. The key may hold slashes. */
export const answerForm = (id: string, key: string, answer: { action: string; inputs: Record<string, unknown> }) => api.post<Run>(`/runs/${id}/forms/${encodeURIComponent(key)}`, answer);
/** Tells a run that something it waits for has happened. */
export const sendEvent = (id: string, name: string, data: unknown) => api.post<Run>(`/runs/${id}/signals`, { name, data });
/** Where the whole log can be downloaded, one event a line. */
export const runLogAddress = (id: string) => `${API_ROOT}/runs/${id}/log?format=jsonl`;
/** A value that is too large for the log, whole. */
export const getBlob = (id: string, blob: string) => api.get<unknown>(`/runs/${id}/blobs/${encodeURIComponent(blob)}`);
/** Runs one node of the draft on what the last run knew, with some of it replaced. */
export const runNode = (appId: string, nodeId: string, inputs: Record<string, unknown>) => api.post<Run>(`/apps/${appId}/nodes/${nodeId}/run`, { inputs });
export const nodeInputsQuery = (appId: string, nodeId: string) => queryOptions({ queryKey: ["apps", appId, "nodes", nodeId, "inputs"], queryFn: ({ signal }) => api.get<NodeInputs>(`/apps/${appId}/nodes/${nodeId}/inputs`, { signal }), staleTime: 0 });
