/** Files on their way to the server: those that users hand to a run, and documents. */
import { API_ROOT, ApiError, csrfToken, readError } from "./client";
import { sendForm } from "./sendForm";
import { type StoredFile } from "./types";

type OnProgress = (share: number) => void;

export const uploadFile = (file: File, onProgress: OnProgress, signal: AbortSignal): Promise<StoredFile> => sendFile<StoredFile>("/files", file, onProgress, signal);

/** One file as the field `file` of a form. */
export async function sendFile<T>(path: string, file: File, onProgress: OnProgress, signal: AbortSignal): Promise<T> {
  const what = `Uploading ${file.name}`;
  const form = new FormData();
  form.append("file", file);
  const response = await sendForm({ url: API_ROOT + path, form, headers: { "X-CSRFToken": csrfToken() }, onProgress, signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new ApiError({ status: 0, code: "network_unreachable", message: `${what} did not reach the server.` });
  });
  if (!response.ok) throw await readError(response, what);
  return (await response.json()) as T;
}
