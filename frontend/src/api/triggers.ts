/** What starts an app's runs without anybody asking: web requests and the clock. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";

export interface Firing {
  id: string;
  at: string;
  scheduled_at: string | null;
  run_id: string | null;
  status: "started" | "refused" | "failed";
  error: { code: string; message: string } | null;
}
export interface Trigger {
  id: string;
  node_id: string;
  kind: "webhook" | "schedule";
  title: string;
  enabled: boolean;
  /** In the published version, and so at work while it is enabled. */
  live: boolean;
  in_draft: boolean;
  url: string | null;
  test_url: string | null;
  method: string | null;
  cron: string | null;
  timezone: string | null;
  next_at: string | null;
  next_times: string[];
  last_firing: Firing | null;
  problem: { code: string; message: string } | null;
}

const path = (appId: string, id: string) => `/apps/${appId}/triggers/${id}`;
export const triggersQuery = (appId: string) => queryOptions({ queryKey: ["apps", appId, "triggers"], queryFn: ({ signal }) => api.get<Items<Trigger>>(`/apps/${appId}/triggers`, { signal }) });
export const firingsQuery = (appId: string, id: string) => infiniteQueryOptions({
  queryKey: ["apps", appId, "triggers", id, "firings"],
  queryFn: ({ pageParam, signal }) => api.get<Items<Firing>>(`${path(appId, id)}/firings`, { query: { cursor: pageParam, limit: 10 }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
/** `renew_token` gives a webhook new addresses, which ends the old ones. */
export const updateTrigger = (appId: string, id: string, changes: { enabled?: boolean; renew_token?: boolean }) => api.patch<Trigger>(path(appId, id), changes);
