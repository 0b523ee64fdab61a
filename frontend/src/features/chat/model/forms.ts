/** A form behind its token: /api/public/forms/:token. No login and no visitor; the token is the right to answer. */
import { sendForm } from "@/api/sendForm";
import { type AskedForm } from "@/kit/ask";
import { type SentFile } from "./client";
import { reach, reached, refusal } from "./http";

export interface PublicForm extends AskedForm {
  token: string;
}

/** The form alone, as whoever was sent its link sees it. */
export interface LinkedForm extends PublicForm {
  app: { name: string };
}

export interface FormClient {
  open: () => Promise<LinkedForm>;
  submit: (action: string, inputs: Record<string, unknown>) => Promise<void>;
  sendFile: (file: File, onProgress: (share: number) => void, signal: AbortSignal) => Promise<SentFile>;
}

export function formClient(token: string): FormClient {
  const root = `/api/public/forms/${encodeURIComponent(token)}`;
  const call = async (init: RequestInit): Promise<Response> => {
    const response = await reach(root, { ...init, credentials: "omit", cache: "no-store" });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  return {
    open: async () => (await (await call({})).json()) as LinkedForm,
    async submit(action, inputs) {
      await call({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ action, inputs }) });
    },
    async sendFile(file, onProgress, signal) {
      const form = new FormData();
      form.append("file", file);
      const response = await reached(sendForm({ url: `${root}/files`, form, headers: {}, onProgress, signal }), signal);
      if (!response.ok) throw await refusal(response);
      return (await response.json()) as SentFile;
    },
  };
}
