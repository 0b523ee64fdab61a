/** Model providers and the models they offer. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type Model, type ModelKind, type Provider, type ProviderInput, type ProviderTest } from "./types";

export const providersQuery = queryOptions({ queryKey: ["providers"], queryFn: ({ signal }) => api.get<Items<Provider>>("/providers", { signal }) });
export const modelsQuery = (kind?: ModelKind) => queryOptions({ queryKey: ["models", kind ?? "all"], queryFn: ({ signal }) => api.get<Items<Model>>("/models", { query: { kind }, signal }) });

export const createProvider = (provider: ProviderInput & { name: string; base_url: string }) => api.post<Provider>("/providers", provider);
export const updateProvider = (slug: string, changes: ProviderInput) => api.patch<Provider>(`/providers/${slug}`, changes);
export const deleteProvider = (slug: string) => api.delete(`/providers/${slug}`, { keepalive: true });
export const testProvider = (slug: string) => api.post<ProviderTest>(`/providers/${slug}/test`);
