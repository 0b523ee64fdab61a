/** How an app is reached from outside: keys, the public site. Dataset keys of the workspace. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type ApiKey, type NewApiKey, type Site } from "./types";

export const keysQuery = (appId: string) => queryOptions({ queryKey: ["apps", appId, "keys"], queryFn: ({ signal }) => api.get<Items<ApiKey>>(`/apps/${appId}/keys`, { signal }) });
export const createKey = (appId: string) => api.post<NewApiKey>(`/apps/${appId}/keys`);
export const deleteKey = (appId: string, keyId: string) => api.delete(`/apps/${appId}/keys/${keyId}`, { keepalive: true });

export const siteQuery = (appId: string) => queryOptions({ queryKey: ["apps", appId, "site"], queryFn: ({ signal }) => api.get<Site>(`/apps/${appId}/site`, { signal }) });
export const updateSite = (appId: string, changes: Partial<Site>) => api.patch<Site>(`/apps/${appId}/site`, changes);

export const datasetKeysQuery = queryOptions({ queryKey: ["dataset-keys"], queryFn: ({ signal }) => api.get<Items<ApiKey>>("/dataset-keys", { signal }) });
export const createDatasetKey = () => api.post<NewApiKey>("/dataset-keys");
export const deleteDatasetKey = (keyId: string) => api.delete(`/dataset-keys/${keyId}`, { keepalive: true });
