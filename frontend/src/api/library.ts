/** The models of the built-in server: what is on this machine, what could be, what is served. For admins of the installation. */
import { queryOptions } from "@tanstack/react-query";
import { api, ApiError } from "./client";

export interface LibraryProblem { code: string; message: string; key?: string }

export interface Machine {
  device: "cuda" | "cpu";
  name: string;
  /** Of the GPU, or RAM without one. What the served model holds counts as free. */
  memory_bytes: number | null;
  free_bytes: number | null;
  bandwidth_bytes_per_s: number | null;
  bandwidth_source: "measured" | "stated" | "unknown";
  disk_free_bytes: number | null;
  models_dir: string;
  /** Directories may be registered below these. */
  roots: string[];
}

export interface HubNetwork { state: "online" | "offline" | "disabled" | "unknown"; endpoint: string; message: string; checked_s_ago: number | null }

export interface Serving {
  state: "empty" | "serving" | "draining" | "loading" | "returning" | "failed";
  /** What is served; while a switch is under way, what was served before. */
  key: string | null;
  model_id: string | null;
  quantization: string | null;
  from_command_line: boolean;
  next_key: string | null;
  done_bytes: number | null;
  total_bytes: number | null;
  eta_s: number | null;
  running: number;
  /** Why the model `error.key` could not be served; kept until the next switch. */
  error: LibraryProblem | null;
}

export interface Fit {
  verdict: "fits" | "quantised" | "no" | "unknown";
  quantization: "none" | "fp8" | "int8";
  reason: "memory_short" | "family_unsupported" | "quantization_unsupported" | null;
  message: string;
  needed_bytes: number | null;
  available_bytes: number | null;
  tokens_per_s: number | null;
  disk: "enough" | "short" | null;
}

export interface Download {
  done_bytes: number | null;
  total_bytes: number | null;
  bytes_per_s: number | null;
  eta_s: number | null;
  file: string | null;
  error: LibraryProblem | null;
}

export interface LibraryModel {
  key: string;
  id: string;
  name: string;
  source: "catalogue" | "hub" | "directory";
  /** Of the copy on this machine. */
  state: "absent" | "queued" | "downloading" | "verifying" | "paused" | "failed" | "ready";
  size: "small" | "medium" | "large" | null;
  bytes: number | null;
  context_tokens: number | null;
  licence: string | null;
  gated: boolean;
  chinese: "strong" | "weak" | null;
  fit: Fit;
  download: Download | null;
  path: string | null;
  /** Why a copy that was ready cannot be served any more. */
  problem: LibraryProblem | null;
}

export interface ModelLibrary {
  /** Something is under way: worth asking again soon. */
  moving: boolean;
  machine: Machine;
  network: HubNetwork;
  serving: Serving;
  models: LibraryModel[];
}

const SOON_MS = 1000;
const LATER_MS = 15_000;

/** Null for who may not look. Asks every second while something moves, else now and then. */
export const libraryQuery = queryOptions({
  queryKey: ["model-library"],
  queryFn: async ({ signal }): Promise<ModelLibrary | null> => {
    try {
      return await api.get<ModelLibrary>("/model-library", { signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return null;
      throw error;
    }
  },
  refetchInterval: ({ state: { data } }) => (data === null ? false : data && (data.moving || data.network.state === "unknown") ? SOON_MS : LATER_MS),
});

/** Every action answers with the library as it then is. */
export const libraryActions = {
  get: (id: string) => api.post<ModelLibrary>("/model-library/downloads", { id }),
  pause: (key: string) => api.post<ModelLibrary>(`/model-library/downloads/${key}/pause`),
  resume: (key: string) => api.post<ModelLibrary>(`/model-library/downloads/${key}/resume`),
  cancel: (key: string) => api.delete<ModelLibrary>(`/model-library/downloads/${key}`),
  remove: (key: string) => api.delete<ModelLibrary>(`/model-library/models/${key}`),
  addDirectory: (path: string) => api.post<ModelLibrary>("/model-library/directories", { path }),
  serve: (key: string, quantization: Fit["quantization"]) => api.post<ModelLibrary>("/model-library/serving", { key, quantization }),
  stop: () => api.delete<ModelLibrary>("/model-library/serving"),
};
