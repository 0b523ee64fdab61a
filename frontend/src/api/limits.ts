/** What one run may use up: said by an app, or by its workspace for all its apps. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";

export interface RunLimits { wall_s: number | null; tokens: number | null; cost: number | null; steps: number | null }

export const appLimitsQuery = (appId: string) => queryOptions({ queryKey: ["apps", appId, "limits"], queryFn: ({ signal }) => api.get<RunLimits & { workspace: RunLimits }>(`/apps/${appId}/limits`, { signal }) });
export const workspaceLimitsQuery = queryOptions({ queryKey: ["workspace", "limits"], queryFn: ({ signal }) => api.get<RunLimits>("/workspace/limits", { signal }) });
export const setAppLimits = (appId: string, limits: RunLimits) => api.put<RunLimits & { workspace: RunLimits }>(`/apps/${appId}/limits`, limits);
export const setWorkspaceLimits = (limits: RunLimits) => api.put<RunLimits>("/workspace/limits", limits);
