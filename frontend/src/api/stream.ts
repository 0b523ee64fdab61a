/**
 * Reads a stream of JSON events over fetch, and after a break goes on from the last id it saw.
 * Knows nothing of what the events mean, except how the caller recognises the last one, and that `event: reset` voids
 * what was read: the stream is then read again from its start.
 */
import { ApiError, readError } from "./client";
import { SseFramer } from "./sse";

export interface StreamRequest<E> {
  /** The first request. `after` is set when a broken stream is taken up again. */
  open: (after: string | null, signal: AbortSignal) => Promise<Response>;
  /** What was yielded so far is void: forget it. The events follow again from the first. */
  onReset: () => void;
  /** True for the event after which nothing follows. */
  isLast: (event: E) => boolean;
  signal?: AbortSignal | undefined;
  /** Told when the connection broke and when it is back. */
  onConnection?: ((state: "open" | "waiting") => void) | undefined;
  /** Waits between attempts; replaced in tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;
const ATTEMPTS = 8;
const FIRST = "0";
const RESET = Symbol("reset");

/** Yields every event once, in order; returns after the last one, throws ApiError when the server refuses. */
export async function* readStream<E>(request: StreamRequest<E>): AsyncGenerator<E, void, undefined> {
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
  const wait = request.wait ?? sleep;
  let after: string | null = null;
  let failures = 0;
  try {
    reading: while (!signal.aborted) {
      try {
        const response = await request.open(after, signal);
        if (!response.ok || !response.body) throw await readError(response, "The stream");
        request.onConnection?.("open");
        for await (const { id, event } of events<E>(response.body)) {
          failures = 0;
          if (event === RESET) {
            after = FIRST;
            request.onReset();
            continue reading;
          }
          if (id !== null) after = id;
          yield event;
          if (request.isLast(event) || signal.aborted) return;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isRefusal(error)) throw error;
      }
      failures += 1;
      if (failures > ATTEMPTS) throw new ApiError({ status: 0, code: "stream_lost", message: "The stream broke and could not be taken up again." });
      request.onConnection?.("waiting");
      await wait(Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS), signal);
    }
  } finally {
    abort.abort();
  }
}

async function* events<E>(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string | null; event: E | typeof RESET }> {
  const reader = body.getReader();
  const framer = new SseFramer();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const frame of framer.push(value)) {
        if (frame.data === "[DONE]") continue;
        yield { id: frame.id, event: frame.event === "reset" ? RESET : (JSON.parse(frame.data) as E) };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A refusal ends the stream; a break (network, 502–504, 429) is tried again. */
function isRefusal(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  return error instanceof ApiError && error.status !== 0 && error.status !== 429 && ![502, 503, 504].includes(error.status);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
