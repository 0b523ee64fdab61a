import { describe, expect, it, vi } from "vitest";
import { readStream } from "./stream";

interface Event { seq: number; type: string }
const frame = (event: Event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
const delta = (seq: number): Event => ({ seq, type: "delta" });
const last: Event = { seq: 9, type: "end" };

/** A body that gives the frames and then ends. */
function body(events: Event[]): Response {
  return new Response(new ReadableStream({
    start(controller) {
      for (const event of events) controller.enqueue(new TextEncoder().encode(frame(event)));
      controller.close();
    },
  }));
}
const onReset = () => undefined;
const wait = () => Promise.resolve();
const isLast = (event: Event) => event.type === "end";
async function collect(stream: AsyncGenerator<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("readStream", () => {
  it("yields events in order and ends with the last one", async () => {
    const open = vi.fn().mockResolvedValueOnce(body([delta(1), last, delta(10)]));

    expect(await collect(readStream<Event>({ open, isLast, onReset, wait }))).toEqual([delta(1), last]);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("takes a stream that ended too early up again after the last id", async () => {
    const states: string[] = [];
    const open = vi.fn()
      .mockResolvedValueOnce(body([delta(1), delta(2)]))
      .mockRejectedValueOnce(new TypeError("offline"))
      .mockResolvedValueOnce(body([delta(3), last]));

    const events = await collect(readStream<Event>({ open, isLast, onReset, wait, onConnection: (state) => states.push(state) }));

    expect(events).toEqual([delta(1), delta(2), delta(3), last]);
    expect(open.mock.calls.map(([after]) => after as unknown)).toEqual([null, "2", "2"]);
    expect(states).toEqual(["open", "waiting", "waiting", "open"]);
  });

  it("starts over where the server says that what it told is void", async () => {
    const lost = new Response(`${frame(delta(1))}${frame(delta(2))}id: 0\nevent: reset\ndata: {"after":0}\n\n${frame(delta(7))}`);
    const open = vi.fn().mockResolvedValueOnce(lost).mockResolvedValueOnce(body([delta(1), last]));
    const forgotten = vi.fn();

    const events = await collect(readStream<Event>({ open, isLast, wait, onReset: forgotten }));

    expect(events).toEqual([delta(1), delta(2), delta(1), last]);
    expect(open.mock.calls.map(([after]) => after as unknown)).toEqual([null, "0"]);
    expect(forgotten).toHaveBeenCalledOnce();
  });

  it("throws a refusal at once", async () => {
    const open = vi.fn().mockResolvedValueOnce(new Response('{"code":"not_found","message":"No such run."}', { status: 404 }));

    await expect(collect(readStream<Event>({ open, isLast, onReset, wait }))).rejects.toMatchObject({ code: "not_found", message: "No such run." });
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("gives up after many breaks in a row", async () => {
    const open = vi.fn().mockRejectedValue(new TypeError("offline"));

    await expect(collect(readStream<Event>({ open, isLast, onReset, wait }))).rejects.toMatchObject({ code: "stream_lost" });
    expect(open).toHaveBeenCalledTimes(9);
  });

  it("ends quietly when the reader stops", async () => {
    const abort = new AbortController();
    const open = vi.fn().mockResolvedValueOnce(body([delta(1), delta(2)]));
    const events: Event[] = [];
    for await (const event of readStream<Event>({ open, isLast, onReset, wait, signal: abort.signal })) {
      events.push(event);
      abort.abort();
    }

    expect(events).toEqual([delta(1)]);
    expect(open).toHaveBeenCalledTimes(1);
  });
});
