/** Places whose items are kept as documents: new ones come, changed ones follow, gone ones go. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "../client";
import { type Failure } from "../types";

export interface FolderSettings { path: string; recursive: boolean }
export interface UrlSettings { mode: "pages" | "sitemap"; urls: string[]; include: string[]; exclude: string[]; limit: number }
export interface ConnectorReport { at: string; added: number; changed: number; removed: number; unchanged: number; failed: number; failures: { key: string; code: string; message: string }[]; error: Failure | null }
interface Base {
  id: string;
  dataset_id: string;
  name: string;
  /** How often it looks by itself; null: never. */
  every_s: number | null;
  is_enabled: boolean;
  next_at: string | null;
  looking: boolean;
  document_count: number;
  /** Empty before the first look. */
  report: Partial<ConnectorReport>;
  created_at: string;
  updated_at: string;
}
export type Connector = Base & ({ kind: "folder"; settings: FolderSettings } | { kind: "url"; settings: UrlSettings });
export type NewConnector = { name: string; every_s: number | null } & ({ kind: "folder"; settings: FolderSettings } | { kind: "url"; settings: UrlSettings });

/** While one looks, how it comes along is asked for anew; nothing else tells. */
const AGAIN_MS = 3000;
export const connectorsQuery = (datasetId: string) => queryOptions({
  queryKey: ["datasets", datasetId, "connectors"],
  queryFn: ({ signal }) => api.get<Items<Connector>>(`/datasets/${datasetId}/connectors`, { query: { limit: 200 }, signal }),
  refetchInterval: (query) => (query.state.data?.items.some((connector) => connector.looking || (connector.is_enabled && connector.report.at === undefined)) ? AGAIN_MS : false),
});
export const createConnector = (datasetId: string, connector: NewConnector) => api.post<Connector>(`/datasets/${datasetId}/connectors`, connector);
export const updateConnector = (id: string, change: { every_s?: number | null; is_enabled?: boolean }) => api.patch<Connector>(`/connectors/${id}`, change);
export const deleteConnector = (id: string, withDocuments: boolean) => api.delete(`/connectors/${id}`, { query: { with_documents: withDocuments }, keepalive: true });
export const lookNow = (id: string) => api.post<Connector>(`/connectors/${id}/look`);
