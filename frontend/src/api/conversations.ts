/** Conversations that users had with an app, as its builder reads them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type Conversation, type Message } from "./types";

export const conversationsQuery = (appId: string) => infiniteQueryOptions({
  queryKey: ["apps", appId, "conversations"],
  queryFn: ({ pageParam, signal }) => api.get<Items<Conversation>>(`/apps/${appId}/conversations`, { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const messagesQuery = (conversationId: string) => queryOptions({
  queryKey: ["conversations", conversationId, "messages"],
  queryFn: ({ signal }) => api.get<Items<Message>>(`/conversations/${conversationId}/messages`, { signal }),
});
