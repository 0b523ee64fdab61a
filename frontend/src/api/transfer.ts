/** Apps as files: in from Weft's or Dify's format with a report of what they need, out in either; what changed between versions. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { type App, type Fault } from "./types";

interface Told { code: string; message: string }
type Named<K extends string> = Told & Record<K, string> & { nodes: string[] };

/** What a file brings, and what it asks for that this workspace has to give. */
export interface ImportReport {
  format: "weft" | "dify";
  loads: boolean;
  name: string;
  mode: "chat" | "workflow";
  nodes: number;
  models: Named<"provider" | "name">[];
  tools: Named<"provider" | "tool">[];
  plugins: (Told & { plugin: string })[];
  datasets: Named<"dataset_id">[];
  workflows: Named<"app">[];
  secrets: (Told & { name: string })[];
  unsupported: (Told & { node_id: string; kind: string; missing: string })[];
  references: Fault[];
  changes: Fault[];
}
export interface ImportPreview { report: ImportReport; faults: Fault[] }

export const previewImport = (text: string, signal?: AbortSignal) => api.post<ImportPreview>("/apps/import/preview", { text }, { signal });
/** `faults` also tells what was left out of the file. */
export const importApp = (text: string, name = "") => api.post<ImportPreview & { app: App }>("/apps/import", { text, name });

export type FileFormat = "weft" | "dify";
export interface ExportedFile { filename: string; text: string; issues: Fault[] }
/** The draft, or a version, as a file with what its format could not say. */
export const exportQuery = (appId: string, format: FileFormat, version: number | null) => queryOptions({
  queryKey: ["apps", appId, "export", format, version],
  queryFn: ({ signal }) => api.get<ExportedFile>(`/apps/${appId}/export`, { query: { format, version, envelope: "json" }, signal }),
  // a draft changes while nobody tells us
  staleTime: version === null ? 0 : Infinity,
});
export const exportApp = (id: string) => api.text(`/apps/${id}/export`);

export interface VersionDiff { from: { label: string; text: string }; to: { label: string; text: string }; diff: string }
export const diffQuery = (appId: string, number: number, against: number | "draft") => queryOptions({
  queryKey: ["apps", appId, "versions", number, "diff", against],
  queryFn: ({ signal }) => api.get<VersionDiff>(`/apps/${appId}/versions/${number}/diff`, { query: { against }, signal }),
  staleTime: against === "draft" ? 0 : Infinity,
});
