/** What end users said to an app and heard, and what it keeps of each conversation. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type Failure, type RunStatus, type Usage } from "./types";

export interface Conversation { id: string; name: string; audience: string; end_user: string; created_at: string; updated_at: string }
export interface ConversationMessage {
  id: string;
  run_id: string;
  query: string;
  answer: string;
  status: RunStatus;
  error: Failure | null;
  citations: { position: number; document_name?: string; content?: string; page?: number | null; hidden?: boolean }[];
  usage: Usage | Record<string, never>;
  feedback: { rating: "like" | "dislike"; content: string } | null;
  /** What its run could search, of what the reader sees. */
  datasets: { id: string; name: string }[];
  created_at: string;
}
export interface ConversationVariable { id: string; name: string; value_type: string; value: unknown; hidden: boolean; description: string; updated_at: string }

export const conversationsQuery = (appId: string) => infiniteQueryOptions({
  queryKey: ["apps", appId, "conversations"],
  queryFn: ({ pageParam, signal }) => api.get<Items<Conversation>>(`/apps/${appId}/conversations`, { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const messagesQuery = (id: string) => infiniteQueryOptions({
  queryKey: ["conversations", id, "messages"],
  queryFn: ({ pageParam, signal }) => api.get<Items<ConversationMessage>>(`/conversations/${id}/messages`, { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
/** The question joins the test sets of those datasets, to be judged there; no items where it waits already. */
export const casesFromMessage = (id: string) => api.post<{ items: { id: string; dataset_id: string }[] }>(`/messages/${id}/cases`, {});
export const variablesQuery = (id: string) => queryOptions({ queryKey: ["conversations", id, "variables"], queryFn: ({ signal }) => api.get<Items<ConversationVariable>>(`/conversations/${id}/variables`, { signal }) });
