/** Retrieval services elsewhere (Dify's external knowledge contract), and datasets that stand for what they hold. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "../client";
import { type Dataset, type Failure } from "../types";

export interface ExternalService {
  id: string;
  name: string;
  description: string;
  endpoint: string;
  has_key: boolean;
  dataset_count: number;
  created_at: string;
  updated_at: string;
}
export interface ExternalServiceInput { name: string; endpoint: string; description?: string; api_key?: string }
export interface ServiceCheck { ok: boolean; elapsed_ms: number; error: Failure | null }

export const externalServicesQuery = queryOptions({ queryKey: ["external-services"], queryFn: ({ signal }) => api.get<Items<ExternalService>>("/external-services", { query: { limit: 200 }, signal }) });
export const createExternalService = (service: ExternalServiceInput) => api.post<ExternalService>("/external-services", service);
export const updateExternalService = (id: string, changes: Partial<ExternalServiceInput>) => api.patch<ExternalService>(`/external-services/${id}`, changes);
export const deleteExternalService = (id: string) => api.delete(`/external-services/${id}`, { keepalive: true });
export const checkExternalService = (id: string) => api.post<ServiceCheck>(`/external-services/${id}/check`);
export const createExternalDataset = (serviceId: string, dataset: { name: string; external_key: string; description?: string }) => api.post<Dataset>(`/external-services/${serviceId}/datasets`, dataset);
