/** What runs wait for: forms for people, events, times. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";

export interface FormField {
  name: string;
  type: "text" | "paragraph" | "number" | "select" | "file" | "file-list";
  label: string;
  required: boolean;
  default: unknown;
  options: string[];
}
export interface FormDelivery { type: string; status: "sent" | "failed" | "not_configured" | "waiting"; detail?: string }
/** A form as members see it, open or not. */
export interface RunForm {
  key: string;
  run_id: string;
  node_id: string;
  frame: string;
  title: string;
  content: string;
  fields: FormField[];
  values: Record<string, unknown>;
  actions: { id: string; title: string; style: "primary" | "default" | "accent" | "ghost" }[];
  expires_at: string | null;
  status: "open" | "submitted" | "expired" | "closed";
  action_id: string | null;
  submitted: Record<string, unknown> | null;
  submitted_at: string | null;
  submitted_by: string;
  link: string;
  delivery: FormDelivery[];
}
export interface Wait { key: string; type: "form" | "time" | "event"; node_id: string; frame: string; expires_at: string | null; event: string | null; callback: string | null }

export const runFormsQuery = (runId: string) => queryOptions({ queryKey: ["runs", runId, "forms"], queryFn: ({ signal }) => api.get<Items<RunForm>>(`/runs/${runId}/forms`, { signal }) });
