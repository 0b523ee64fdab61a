/** Apps, their drafts and versions. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type App, type Draft, type Fault, type GraphDocument, type NewApp, type NodeKind, type Version, type WorkflowTool } from "./types";

export const appKeys = {
  all: ["apps"] as const,
  list: (q: string) => ["apps", "list", q] as const,
  one: (id: string) => ["apps", id] as const,
  draft: (id: string) => ["apps", id, "draft"] as const,
  versions: (id: string) => ["apps", id, "versions"] as const,
};

export const appsQuery = (q: string) => infiniteQueryOptions({
  queryKey: appKeys.list(q),
  queryFn: ({ pageParam, signal }) => api.get<Items<App>>("/apps", { query: { q, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const appQuery = (id: string) => queryOptions({ queryKey: appKeys.one(id), queryFn: ({ signal }) => api.get<App>(`/apps/${id}`, { signal }) });
export const getDraft = <D = GraphDocument>(id: string) => api.get<Draft<D>>(`/apps/${id}/draft`);
export const draftQuery = <D = GraphDocument>(id: string) => queryOptions({ queryKey: appKeys.draft(id), queryFn: ({ signal }) => api.get<Draft<D>>(`/apps/${id}/draft`, { signal }) });
export const versionsQuery = (id: string) => queryOptions({ queryKey: appKeys.versions(id), queryFn: ({ signal }) => api.get<Items<Version>>(`/apps/${id}/versions`, { signal }) });
/** A version never changes. */
export const versionQuery = <D = GraphDocument>(id: string, number: number) => queryOptions({ queryKey: [...appKeys.versions(id), number], queryFn: () => getVersion<D>(id, number), staleTime: Infinity });
export const nodeKindsQuery = queryOptions({ queryKey: ["node-kinds"], queryFn: ({ signal }) => api.get<Items<NodeKind>>("/node-kinds", { signal }), staleTime: Infinity });

export const createApp = (app: NewApp) => api.post<App>("/apps", app);
export const updateApp = (id: string, changes: Partial<Pick<App, "name" | "description" | "icon">>) => api.patch<App>(`/apps/${id}`, changes);
export const deleteApp = (id: string) => api.delete(`/apps/${id}`);
/** Brings a deleted app back. */
export const restoreApp = (id: string) => api.post<App>(`/apps/${id}/restore`);
export const duplicateApp = (id: string) => api.post<App>(`/apps/${id}/duplicate`);

export const saveDraft = <D>(id: string, document: D, revision: number, options: { keepalive?: boolean } = {}) =>
  api.put<{ revision: number; faults: Fault[] }>(`/apps/${id}/draft`, { document, revision }, options);
export const publishVersion = (id: string, note: string) => api.post<Version>(`/apps/${id}/versions`, { note });
export const getVersion = <D = GraphDocument>(id: string, number: number) => api.get<Version<D>>(`/apps/${id}/versions/${number}`);

/** Published apps of the workspace, as nodes and agents may run them. */
export const workflowToolsQuery = queryOptions({ queryKey: ["workflow-tools"], queryFn: ({ signal }) => api.get<Items<WorkflowTool>>("/workflow-tools", { signal }) });
