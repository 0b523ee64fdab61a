/** Metadata fields and their values, tags, and who sees a dataset. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "../client";
import { type KnowledgeDocument, type MetadataValue } from "./documents";

export type FieldType = "string" | "number" | "time";
export interface MetadataField { id: string; name: string; type: FieldType; /** What a model looks for when it fills the field; "" where people do. */ instruction: string; document_count: number }
export interface Fields { items: MetadataField[]; built_in: { name: string; type: FieldType }[]; built_in_enabled: boolean }
export interface DatasetTag { id: string; name: string; dataset_count: number | null }
export type Permission = "only_me" | "all" | "some";
export interface Person { id: string; name: string; email: string }
export interface Access { permission: Permission; members: Person[]; may_change: boolean }

export const fieldsQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "metadata"], queryFn: ({ signal }) => api.get<Fields>(`/datasets/${datasetId}/metadata`, { signal }) });
export const createField = (datasetId: string, field: { name: string; type: FieldType; instruction?: string }) => api.post<MetadataField>(`/datasets/${datasetId}/metadata`, field);
export const updateField = (datasetId: string, id: string, change: { name?: string; instruction?: string }) => api.patch<MetadataField>(`/datasets/${datasetId}/metadata/${id}`, change);
export const deleteField = (datasetId: string, id: string) => api.delete(`/datasets/${datasetId}/metadata/${id}`, { keepalive: true });
export const setBuiltIn = (datasetId: string, enabled: boolean) => api.put<{ built_in_enabled: boolean }>(`/datasets/${datasetId}/metadata/built-in`, { enabled });
export const setValues = (datasetId: string, documents: { id: string; values: Record<string, MetadataValue> }[]) => api.post<{ items: KnowledgeDocument[] }>(`/datasets/${datasetId}/metadata/values`, { documents });

export const tagsQuery = queryOptions({ queryKey: ["dataset-tags"], queryFn: ({ signal }) => api.get<{ items: DatasetTag[] }>("/dataset-tags", { signal }) });
export const createTag = (name: string) => api.post<DatasetTag>("/dataset-tags", { name });
export const deleteTag = (id: string) => api.delete(`/dataset-tags/${id}`, { keepalive: true });
export const datasetTagsQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "tags"], queryFn: ({ signal }) => api.get<{ items: DatasetTag[] }>(`/datasets/${datasetId}/tags`, { signal }) });
export const setDatasetTags = (datasetId: string, ids: string[]) => api.put<{ items: DatasetTag[] }>(`/datasets/${datasetId}/tags`, { ids });

export const accessQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "access"], queryFn: ({ signal }) => api.get<Access>(`/datasets/${datasetId}/access`, { signal }) });
export const setAccess = (datasetId: string, access: { permission: Permission; members?: string[] }) => api.put<Access>(`/datasets/${datasetId}/access`, access);
