/** The shapes the chat components draw. They know nothing of runs, HTTP or where a message came from. */
import { type AskedForm } from "../ask/types";

/** One source behind an answer. `number` is what the text writes as `[number]`. */
export interface Citation {
  number: number;
  title: string;
  content: string;
  documentId?: string;
  datasetName?: string;
  page?: number;
  position?: number;
  /** Similarity, 0 to 1, when the retriever gave one. */
  score?: number;
  /** False for what was found and, as far as can be told, not used by the answer. */
  cited?: boolean;
  /** The reader may not see it: it has neither words nor a name. */
  hidden?: boolean;
}

export type StepStatus = "running" | "done" | "failed" | "skipped";

/** One thing the app did on the way to the answer, already worded for its reader. */
export interface Step {
  id: string;
  label: string;
  status: StepStatus;
  elapsedMs?: number;
  /** Tells the reader something by itself; the folded line shows the last notable step. */
  notable?: boolean;
}

export interface ChatFault {
  code: string;
  message: string;
}

/** paused: nothing comes until somebody or something outside answers. */
export type MessageStatus = "waiting" | "streaming" | "paused" | "done" | "failed" | "stopped";
export type Rating = "like" | "dislike";

export interface ChatMessage {
  id: string;
  role: "user" | "assistant";
  text: string;
  /** Always "done" for what a user wrote. */
  status: MessageStatus;
  citations?: readonly Citation[];
  steps?: readonly Step[];
  /** What its reader or somebody else is asked for on the way. */
  forms?: readonly AskedForm[];
  error?: ChatFault;
  rating?: Rating | null;
  /** The connection was lost and is being made again; the run itself goes on. */
  reconnecting?: boolean;
}

/** True while words may still arrive. */
export function isOpen(message: Pick<ChatMessage, "status">): boolean {
  return message.status === "waiting" || message.status === "streaming";
}
