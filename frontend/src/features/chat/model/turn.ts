/** One question and what has come of it so far: the reducer between a run's events and what the page draws. Pure. */
import { isSpokenKind, type ChatFault, type ChatMessage, type Citation, type MessageStatus, type Rating, type StepFacts, type StepStatus } from "@/kit/chat";
import { type ChatEvent, type CitationEntry } from "./events";
import { type PublicForm } from "./forms";

/** A step as the log has it; it is put into words where it is drawn, in the language of that moment. */
export interface RawStep {
  id: string;
  kind: string;
  title?: string;
  status: StepStatus;
  elapsedMs?: number;
  facts?: StepFacts;
}

export interface Turn {
  /** Stable for drawing: made here before the server has named the message. */
  key: string;
  messageId: string | null;
  runId: string | null;
  conversationId: string | null;
  /** The seq of the last event taken in; a reconnect goes on behind it. */
  lastSeq: number;
  query: string;
  answer: string;
  status: MessageStatus;
  steps: readonly RawStep[];
  /** What the run asked for on its way, answered or not. */
  forms: readonly PublicForm[];
  citations: readonly Citation[];
  /** The server has sent the sources, or said that there are none. */
  ended: boolean;
  outputs?: Record<string, unknown>;
  elapsedMs?: number;
  error?: ChatFault;
  rating: Rating | null;
  reconnecting: boolean;
}

export function newTurn(key: string, query: string): Turn {
  return {
    key,
    messageId: null,
    runId: null,
    conversationId: null,
    lastSeq: 0,
    query,
    answer: "",
    status: "waiting",
    steps: [],
    forms: [],
    citations: [],
    ended: false,
    rating: null,
    reconnecting: false,
  };
}

/** The turn after `event`. An event that was taken in before changes nothing, so streams may overlap. */
export function applyEvent(turn: Turn, event: ChatEvent): Turn {
  if (!("seq" in event)) return applyFrame(turn, event);
  if (event.type !== "rewound" && event.seq <= turn.lastSeq) return turn;
  return { ...advance(turn, event), lastSeq: event.seq, reconnecting: false };
}

type Frame = Exclude<ChatEvent, { seq: number }>;
type Logged = Extract<ChatEvent, { seq: number }>;

function applyFrame(turn: Turn, event: Frame): Turn {
  switch (event.type) {
    case "message_started":
      return { ...turn, runId: event.run_id, messageId: event.message_id ?? null, conversationId: event.conversation_id ?? null };
    case "message_end":
      return { ...turn, citations: toCitations(event.citations, turn.answer), ended: true };
    case "message_paused":
      return turn;
    case "error":
      return fail(turn, event);
  }
}

function advance(turn: Turn, event: Logged): Turn {
  switch (event.type) {
    case "node_started":
      return { ...turn, steps: startStep(turn.steps, event) };
    case "node_finished":
      return { ...turn, steps: setStep(turn.steps, event.node_id, { status: "done", elapsedMs: event.elapsed_ms, facts: event.facts }) };
    case "node_failed":
      return { ...turn, steps: setStep(turn.steps, event.node_id, { status: "failed", elapsedMs: event.elapsed_ms }) };
    case "node_skipped":
      return turn;
    case "answer_delta":
      return { ...turn, status: "streaming", answer: turn.answer + event.text };
    case "answer_reset":
    case "rewound":
      return { ...turn, status: "streaming", answer: event.text };
    case "node_waiting":
      return event.form ? { ...turn, forms: withForm(turn.forms, event.form) } : turn;
    case "node_resumed":
      return { ...turn, status: turn.answer === "" ? "waiting" : "streaming", forms: turn.forms.map((form) => (form.key === event.key ? { ...form, ...outcomeOf(event) } : form)) };
    case "run_paused":
      return { ...turn, status: "paused", forms: (event.forms ?? []).reduce(withForm, turn.forms) };
    case "run_finished":
      return { ...turn, forms: turn.forms.map(shut), status: "done", answer: event.answer || turn.answer, outputs: event.outputs, elapsedMs: event.elapsed_ms };
    case "run_failed":
      return fail({ ...turn, answer: event.answer || turn.answer }, event.error);
    case "run_stopped":
      return { ...turn, status: "stopped", answer: event.answer || turn.answer, steps: turn.steps.map(halt), forms: turn.forms.map(shut) };
  }
}

/** A form that is there already keeps its place, and what became of it. */
function withForm(forms: readonly PublicForm[], form: PublicForm): readonly PublicForm[] {
  return forms.some(({ key }) => key === form.key) ? forms : [...forms, form];
}

function outcomeOf({ outcome, action_id }: Extract<ChatEvent, { type: "node_resumed" }>): Partial<PublicForm> {
  return outcome === "submitted" ? { status: "submitted", action_id: action_id ?? null } : { status: "expired" };
}

function shut(form: PublicForm): PublicForm {
  return form.status === "open" ? { ...form, status: "closed" } : form;
}

export function fail(turn: Turn, error: ChatFault): Turn {
  const { code, message } = error;
  return { ...turn, status: "failed", error: { code, message }, reconnecting: false, steps: turn.steps.map(halt), forms: turn.forms.map(shut) };
}

function startStep(steps: readonly RawStep[], { node_id: id, kind, title }: { node_id: string; kind: string; title?: string }): RawStep[] {
  return [...steps.filter((step) => step.id !== id), { id, kind, title, status: "running" }];
}

function setStep(steps: readonly RawStep[], id: string, change: Partial<RawStep>): RawStep[] {
  return steps.map((step) => (step.id === id ? { ...step, ...change } : step));
}

function halt(step: RawStep): RawStep {
  return step.status === "running" ? { ...step, status: "skipped" } : step;
}

const MARK = /\[(\d{1,3})\]/g;

/** With marks the answer used what they name; without, what bears out one of its sentences. */
export function toCitations(entries: readonly CitationEntry[], answer: string): Citation[] {
  const marked = new Set([...answer.matchAll(MARK)].map((mark) => Number(mark[1])));
  const hasMarks = entries.some((entry) => marked.has(entry.position));
  const isUsed = ({ position, spans }: CitationEntry) => (hasMarks ? marked.has(position) : spans === undefined || spans.length > 0);
  return entries.map((entry) => ({ ...toCitation(entry), ...(!isUsed(entry) && { cited: false }), ...(entry.hidden && { hidden: true }) }));
}

function toCitation(entry: CitationEntry): Citation {
  return {
    number: entry.position,
    title: entry.document_name || entry.title || `#${entry.position}`,
    content: entry.content ?? "",
    documentId: entry.document_id || undefined,
    datasetName: entry.dataset_name || undefined,
    page: entry.page ?? undefined,
    position: entry.segment_position || undefined,
    score: entry.score ?? undefined,
  };
}

/** What they measure is their own work, not the wait that a reader saw. */
const UNTIMED: ReadonlySet<string> = new Set(["human-input", "wait"]);

/** What the page draws for a turn: the question, then the answer. `word` puts a step into the reader's language. */
export function toMessages(turn: Turn, word: (step: RawStep) => string): ChatMessage[] {
  const answer: ChatMessage = {
    id: turn.messageId ?? turn.key,
    role: "assistant",
    text: turn.answer,
    status: turn.status,
    citations: turn.citations,
    steps: turn.steps.filter((step) => isSpokenKind(step.kind)).map((step) => ({
      id: step.id,
      label: word(step),
      status: step.status,
      elapsedMs: UNTIMED.has(step.kind) ? undefined : step.elapsedMs,
      notable: step.kind === "knowledge-retrieval",
    })),
    forms: turn.forms,
    error: turn.error,
    rating: turn.rating,
    reconnecting: turn.reconnecting,
  };
  const question: ChatMessage = { id: `${turn.key}-question`, role: "user", text: turn.query, status: "done" };
  return turn.query ? [question, answer] : [answer];
}

