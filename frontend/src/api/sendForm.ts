/** Sends a form over XMLHttpRequest, the only way a browser reports how much has left. Knows nothing of who is sent what. */
export interface FormRequest {
  url: string;
  form: FormData;
  headers: Record<string, string>;
  /** 0 to 1; 1 means that the server has every byte and has not answered yet. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/** Resolves with any answer, also a refusal; rejects with TypeError when there was none, AbortError when it was stopped. */
export function sendForm({ url, form, headers, onProgress, signal }: FormRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries({ Accept: "application/json", ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status, statusText: request.statusText }));
    // A server that refuses by size may close the line before it has read everything.
    request.onerror = () => reject(new TypeError("The server was not reached."));
    request.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
