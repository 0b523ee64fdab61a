/**
 * The public site's HTTP calls. Who the visitor is travels in a header, never in a cookie, so the page works in a
 * frame on any site. Knows nothing of what is drawn.
 */
import { sendForm } from "@/api/sendForm";
import { SseFramer } from "@/api/sse";
import { isKnown, type ChatEvent, type CitationEntry, type Fault } from "./events";
import { formClient, type FormClient, type PublicForm } from "./forms";
import { reach, reached, refusal, SiteError } from "./http";

export { SiteError } from "./http";

export interface StartVariable {
  name: string;
  label?: string | null;
  type: "text" | "paragraph" | "select" | "number" | "checkbox" | "file" | "file-list" | "json";
  required?: boolean | null;
  default?: unknown;
  max_length?: number | null;
  options?: string[] | null;
  description?: string | null;
}

export interface Site {
  code: string;
  title: string;
  mode: "chat" | "workflow";
  greeting: string;
  suggested_questions: string[];
  inputs: StartVariable[];
  citations: boolean;
  max_upload_bytes: number;
  visitor: string;
}

/** A visitor's file that the server has. */
export interface SentFile {
  id: string;
  name: string;
  size: number;
  mime_type: string;
}

export interface PastMessage {
  id: string;
  run_id: string;
  conversation_id: string;
  query: string;
  inputs?: Record<string, unknown>;
  answer: string;
  status: string;
  error: Fault | null;
  /** What its run waits for, while it waits. */
  forms?: PublicForm[];
  citations: CitationEntry[];
  feedback: "like" | "dislike" | null;
  created_at: string;
}

export interface PastConversation {
  id: string;
  name: string;
  updated_at: string;
}

export interface Ask {
  query: string;
  inputs: Record<string, unknown>;
  conversation_id?: string | null;
}

export interface SiteClient {
  open: () => Promise<Site>;
  conversations: () => Promise<PastConversation[]>;
  history: (conversationId: string) => Promise<PastMessage[]>;
  ask: (question: Ask, signal: AbortSignal) => AsyncGenerator<ChatEvent>;
  follow: (runId: string, after: number, signal: AbortSignal) => AsyncGenerator<ChatEvent>;
  stop: (runId: string) => Promise<void>;
  sendFile: (file: File, onProgress: (share: number) => void, signal: AbortSignal) => Promise<SentFile>;
  rate: (messageId: string, rating: "like" | "dislike" | null) => Promise<void>;
  /** A form that a run waits for; who has its token may answer it. */
  form: (token: string) => FormClient;
}

export function siteClient(code: string, visitor: () => string | null): SiteClient {
  const root = `/api/public/sites/${encodeURIComponent(code)}`;

  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    const token = visitor();
    if (token) headers.set("X-Weft-Visitor", token);
    if (init.body) headers.set("Content-Type", "application/json");
    const response = await reach(root + path, { ...init, headers, credentials: "omit", cache: "no-store" });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  const get = async <T>(path: string): Promise<T> => (await (await call(path)).json()) as T;
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    call(path, { ...init, method: "POST", body: JSON.stringify(body) });

  return {
    open: () => get<Site>(""),
    conversations: async () => (await get<{ items: PastConversation[] }>("/messages")).items,
    history: async (id) => (await get<{ items: PastMessage[] }>(`/messages?conversation_id=${encodeURIComponent(id)}`)).items,
    async *ask(question, signal) {
      yield* readEvents(await post("/messages", question, { signal }));
    },
    async *follow(runId, after, signal) {
      yield* readEvents(await call(`/runs/${runId}/events?after=${after}`, { signal }));
    },
    stop: async (runId) => void (await post(`/runs/${runId}/stop`, {})),
    async sendFile(file, onProgress, signal) {
      const form = new FormData();
      form.append("file", file);
      const headers = { "X-Weft-Visitor": visitor() ?? "" };
      const response = await reached(sendForm({ url: `${root}/files`, form, headers, onProgress, signal }), signal);
      if (!response.ok) throw await refusal(response);
      return (await response.json()) as SentFile;
    },
    rate: async (messageId, rating) => void (await post(`/messages/${messageId}/feedback`, { rating })),
    form: formClient,
  };
}

/** The server sends a comment every ten silent seconds; when even that is missing, the line is dead and nobody said so. */
const SILENCE_MS = 30_000;

async function* readEvents(response: Response): AsyncGenerator<ChatEvent> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const framer = new SseFramer();
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read());
      if (done) return;
      for (const { data } of framer.push(value)) {
        const event = parse(data);
        if (event && isKnown(event)) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function withinSilence<T>(read: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SiteError("network_unreachable", "The server fell silent.", 0)), SILENCE_MS);
  });
  try {
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function parse(data: string): { type?: unknown } | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
