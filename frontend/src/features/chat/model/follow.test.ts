import { describe, expect, it, vi } from "vitest";
import { SiteError, type SiteClient } from "./client";
import { type ChatEvent } from "./events";
import { followAnswer } from "./follow";

const started: ChatEvent = { type: "message_started", run_id: "r", message_id: "m", conversation_id: "c" };
const delta = (seq: number, text: string): ChatEvent => ({ type: "answer_delta", seq, text });
const finished: ChatEvent = { type: "run_finished", seq: 9, answer: "ab", outputs: {}, elapsed_ms: 1 };
const end: ChatEvent = { type: "message_end", citations: [] };
const lost = new TypeError("network error");

async function* script(...parts: (ChatEvent | Error)[]): AsyncGenerator<ChatEvent> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield part;
  }
}

function client(ask: AsyncGenerator<ChatEvent>, ...follows: AsyncGenerator<ChatEvent>[]) {
  const follow = vi.fn(() => follows.shift() ?? script(lost));
  return { ask: vi.fn(() => ask), follow } as unknown as SiteClient & { ask: ReturnType<typeof vi.fn>; follow: typeof follow };
}

async function run(site: SiteClient, onLost = vi.fn()) {
  const events: ChatEvent[] = [];
  const options = { signal: new AbortController().signal, onLost, wait: () => Promise.resolve() };
  const question = { query: "How?", inputs: {} };
  try {
    for await (const event of followAnswer(site, { question }, options)) events.push(event);
  } catch (error) {
    return { events, onLost, error };
  }
  return { events, onLost };
}

describe("followAnswer", () => {
  it("asks once and goes on behind the last event when the line falls", async () => {
    const site = client(script(started, delta(3, "a"), lost), script(lost), script(delta(4, "b"), finished, end));

    const { events, onLost } = await run(site);

    expect(events).toEqual([started, delta(3, "a"), delta(4, "b"), finished, end]);
    expect(site.ask).toHaveBeenCalledOnce();
    expect(site.follow.mock.calls.map((call) => (call as unknown[]).slice(0, 2))).toEqual([["r", 3], ["r", 3]]);
    expect(onLost).toHaveBeenCalledTimes(2);
  });

  it("fetches the sources when the line falls right after the last word", async () => {
    const { events } = await run(client(script(started, finished, lost), script(end)));

    expect(events).toEqual([started, finished, end]);
  });

  it("goes on when the server ends the stream before the run has ended", async () => {
    const { events } = await run(client(script(started, delta(3, "a")), script(finished, end)));

    expect(events.at(-1)).toEqual(end);
  });

  it("does not ask again when it is not known whether the question arrived", async () => {
    const site = client(script(new SiteError("network_unreachable", "The server cannot be reached.", 0)));

    const { error } = await run(site);

    expect(error).toMatchObject({ code: "network_unreachable" });
    expect(site.follow).not.toHaveBeenCalled();
  });

  it("takes a refusal for an answer", async () => {
    const { error } = await run(client(script(started, lost), script(new SiteError("not_found", "This run does not exist.", 404))));

    expect(error).toMatchObject({ code: "not_found" });
  });

  it("gives up in the end", async () => {
    const { error, onLost } = await run(client(script(started, lost)));

    expect(error).toMatchObject({ code: "stream_lost" });
    expect(onLost).toHaveBeenCalledTimes(40);
  });
});
