/** What the public site's streams carry: run events without anything private, and the two that frame a message. */
import { type StepFacts } from "@/kit/chat";
import { type PublicForm } from "./forms";

export interface Fault {
  code: string;
  message: string;
}

/** Dify's `retriever_resources` entry, as the server sends it. */
export interface CitationEntry {
  position: number;
  document_id?: string;
  document_name?: string;
  dataset_name?: string;
  title?: string;
  content?: string;
  segment_position?: number;
  score?: number | null;
  page?: number | null;
  /** Sentences of the answer that it bears out; absent in what was kept before they were looked for. */
  spans?: readonly { start: number; end: number }[];
  /** The reader may not see it. */
  hidden?: boolean;
}

interface Numbered {
  seq: number;
}

export type ChatEvent =
  | { type: "message_started"; run_id: string; message_id?: string; conversation_id?: string }
  | { type: "message_end"; citations: CitationEntry[] }
  | (Numbered & { type: "node_started"; node_id: string; kind: string; title?: string })
  | (Numbered & { type: "node_finished"; node_id: string; elapsed_ms: number; facts?: StepFacts })
  | (Numbered & { type: "node_failed"; node_id: string; elapsed_ms: number; handled?: string | null })
  | (Numbered & { type: "node_skipped"; node_id: string })
  | (Numbered & { type: "answer_delta"; text: string })
  | (Numbered & { type: "answer_reset"; text: string })
  /** In no log: what came after `seq` did not happen, the answer up to there is `text`, and other events after it follow. */
  | (Numbered & { type: "rewound"; text: string })
  | (Numbered & { type: "run_finished"; answer: string; outputs: Record<string, unknown>; elapsed_ms: number })
  | (Numbered & { type: "run_failed"; error: Fault; answer?: string })
  | (Numbered & { type: "run_stopped"; answer?: string; reason?: string })
  /** `form`: only where the app's own page is to show it. */
  | (Numbered & { type: "node_waiting"; node_id: string; form?: PublicForm })
  | (Numbered & { type: "node_resumed"; node_id: string; key: string; outcome: "submitted" | "timeout" | "event" | "time"; action_id?: string | null })
  | (Numbered & { type: "run_paused"; forms?: PublicForm[] })
  | { type: "message_paused" }
  | { type: "error"; code: string; message: string };

const KNOWN = new Set<string>([
  "message_started",
  "message_end",
  "node_started",
  "node_finished",
  "node_failed",
  "node_skipped",
  "answer_delta",
  "answer_reset",
  "rewound",
  "run_finished",
  "run_failed",
  "run_stopped",
  "run_paused",
  "node_waiting",
  "node_resumed",
  "message_paused",
  "error",
] satisfies ChatEvent["type"][]);

const LAST = new Set<string>(["run_finished", "run_failed", "run_stopped", "run_paused"] satisfies ChatEvent["type"][]);

/** Events of a later server, or of no interest to a reader, are passed over. */
export function isKnown(value: { type?: unknown }): value is ChatEvent {
  return typeof value.type === "string" && KNOWN.has(value.type);
}

/** True for an event after which a run says no more, or nothing until it is woken. */
export function isLast(event: ChatEvent): boolean {
  return LAST.has(event.type);
}
