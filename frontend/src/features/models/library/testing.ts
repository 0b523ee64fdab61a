/** A small library of models for tests, written as the server would. */
import { type LibraryModel, type ModelLibrary } from "@/api";

export function makeModel(over: Omit<Partial<LibraryModel>, "fit"> & { fit?: Partial<LibraryModel["fit"]> } = {}): LibraryModel {
  return {
    key: "Qwen--Qwen3-0.6B", id: "Qwen/Qwen3-0.6B", name: "Qwen3 0.6B", source: "catalogue", state: "absent", size: "small", bytes: 1_503_300_328, context_tokens: 40_960,
    licence: "Apache-2.0", gated: false, chinese: "strong", download: null, path: null, problem: null,
    ...over,
    fit: { verdict: "fits", quantization: "none", reason: null, message: "", needed_bytes: 2_600_000_000, available_bytes: 80_000_000_000, tokens_per_s: 1834, disk: "enough", ...over.fit },
  };
}

export function makeLibrary(models: LibraryModel[], over: { moving?: boolean } & { [K in "machine" | "network" | "serving"]?: Partial<ModelLibrary[K]> } = {}): ModelLibrary {
  return {
    moving: over.moving ?? false,
    models,
    machine: { device: "cuda", name: "NVIDIA H100 80GB HBM3", memory_bytes: 85_029_158_912, free_bytes: 80_000_000_000, bandwidth_bytes_per_s: 3.35e12, bandwidth_source: "stated", disk_free_bytes: 50_465_865_728, models_dir: "/srv/weft/models", roots: ["/srv/weft/models", "/mnt/models"], ...over.machine },
    network: { state: "online", endpoint: "https://huggingface.co", message: "", checked_s_ago: 12.5, ...over.network },
    serving: { state: "empty", key: null, model_id: null, quantization: null, from_command_line: false, next_key: null, done_bytes: null, total_bytes: null, eta_s: null, running: 0, error: null, ...over.serving },
  };
}

export const halfway = { done_bytes: 734_003_200, total_bytes: 1_503_300_328, bytes_per_s: 52_428_800, eta_s: 14.7, file: "model.safetensors", error: null };
