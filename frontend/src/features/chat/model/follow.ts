/**
 * One answer as one unbroken sequence of events, however often the connection breaks: it asks once, then follows
 * the run behind the last event it has. Never asks twice, because a question may have been taken before the line fell.
 */
import { SiteError, type Ask, type SiteClient } from "./client";
import { isLast, type ChatEvent } from "./events";

/** How long to wait before each new try; the last one repeats. A run may think for minutes, so it does not give up early. */
const DELAYS_MS = [250, 500, 1000, 2000, 4000, 8000];
const MAX_TRIES = 40;

export interface Cursor {
  runId: string | null;
  after: number;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** The line fell and is being made again. */
  onLost: () => void;
  /** The run sleeps until somebody wakes it, perhaps for days: the line is made again as often as it falls. */
  patient?: boolean;
  wait?: (ms: number) => Promise<void>;
}

export type Start = { question: Ask } | { cursor: Cursor & { runId: string } };

export async function* followAnswer(client: SiteClient, start: Start, options: FollowOptions): AsyncGenerator<ChatEvent> {
  const { signal, onLost, patient = false, wait = sleep } = options;
  const cursor: Cursor = "cursor" in start ? { ...start.cursor } : { runId: null, after: 0 };
  let source = "question" in start ? client.ask(start.question, signal) : client.follow(start.cursor.runId, cursor.after, signal);
  for (let tries = 0; ; tries += 1) {
    const before = cursor.after;
    try {
      if (yield* relay(source, cursor)) return;
    } catch (error) {
      if (signal.aborted || !canHeal(error) || cursor.runId === null) throw error;
    }
    if (cursor.runId === null) throw new SiteError("no_answer", "The server closed the connection before it took the question.", 0);
    if (cursor.after > before) tries = 0;
    if (tries >= MAX_TRIES && !patient) throw new SiteError("stream_lost", "The stream broke and could not be taken up again.", 0);
    onLost();
    await wait(DELAYS_MS[Math.min(tries, DELAYS_MS.length - 1)] ?? 0);
    if (signal.aborted) return;
    source = client.follow(cursor.runId, cursor.after, signal);
  }
}

/** Pass events on and keep the cursor. Returns true when the run has said its last word. */
async function* relay(source: AsyncGenerator<ChatEvent>, cursor: Cursor): AsyncGenerator<ChatEvent, boolean> {
  let over = false;
  for await (const event of source) {
    if (event.type === "message_started") cursor.runId = event.run_id;
    if ("seq" in event) cursor.after = event.type === "rewound" ? event.seq : Math.max(cursor.after, event.seq);
    over ||= isLast(event) || event.type === "error";
    yield event;
    if (event.type === "message_end") return true;
  }
  return over;
}

/** A refusal stands; a lost line, a restarting or an overloaded server does not. */
function canHeal(error: unknown): boolean {
  return !(error instanceof SiteError) || error.status === 0 || error.status === 429 || error.status >= 500;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      window.removeEventListener("online", done);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
  });
}
