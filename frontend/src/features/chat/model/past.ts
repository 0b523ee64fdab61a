/** A message the server has kept, as a turn. */
import { type MessageStatus } from "@/kit/chat";
import { type PastMessage } from "./client";
import { newTurn, toCitations, type Turn } from "./turn";

const STATUS: Record<string, MessageStatus> = { finished: "done", succeeded: "done", failed: "failed", stopped: "stopped", paused: "paused" };

/** A message whose run goes on begins empty: the run's log is read from its start, so nothing is shown twice. */
export function pastTurn(message: PastMessage): Turn {
  const status = STATUS[message.status];
  const base: Turn = {
    ...newTurn(message.id, message.query),
    messageId: message.id,
    runId: message.run_id,
    conversationId: message.conversation_id,
    rating: message.feedback,
  };
  if (!status) return base;
  return {
    ...base,
    status,
    answer: message.answer,
    citations: toCitations(message.citations, message.answer),
    forms: message.forms ?? [],
    ended: status !== "paused",
    error: message.error ?? undefined,
  };
}

/** The turn before its log is read from the start. Forms stay, so that they do not vanish for a moment. */
export function unread(turn: Turn): Turn {
  return { ...turn, lastSeq: 0, answer: "", steps: [], status: "waiting", ended: false };
}
