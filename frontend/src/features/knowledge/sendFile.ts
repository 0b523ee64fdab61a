/** Sends one file over XMLHttpRequest, the only way a browser reports how much has left. */
import { API_ROOT, ApiError, csrfToken, readError, type Items, type KnowledgeDocument } from "@/api";
import { type SendFile } from "./uploads";

export const sendFileTo = (datasetId: string): SendFile => (file, onProgress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const what = `Uploading ${file.name}`;
    request.open("POST", `${API_ROOT}/datasets/${datasetId}/documents`);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) resolve((JSON.parse(request.responseText) as Items<KnowledgeDocument>).items);
      else void readError(new Response(request.responseText, { status: request.status, statusText: request.statusText }), what).then(reject);
    };
    // A server that refuses by size may close the line before it has read everything.
    request.onerror = () => reject(new ApiError({ status: 0, code: "network_unreachable", message: `${what} did not reach the server.` }));
    request.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
