/** Files that users hand to a run. */
import { api } from "./client";
import { type StoredFile } from "./types";

export function uploadFile(file: File, signal?: AbortSignal): Promise<StoredFile> {
  const form = new FormData();
  form.append("file", file);
  return api.post<StoredFile>("/files", form, { signal });
}
