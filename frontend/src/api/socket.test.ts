import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Connection, Socket, type Wire } from "./socket";

class FakeWire implements Wire {
  sent: unknown[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  /** Confirms every subscription at once, as long as `confirms`. */
  confirms = true;
  send(data: string): void {
    const message = JSON.parse(data) as { op: string; topic: string; after: number };
    this.sent.push(message);
    if (this.confirms && message.op === "subscribe") this.says({ topic: message.topic, subscribed: true, after: message.after });
  }
  close(): void {
    this.closed = true;
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let wires: FakeWire[];
let socket: Socket;
const wire = (index: number): FakeWire => {
  const found = wires[index];
  if (!found) throw new Error(`wire ${index} was never opened`);
  return found;
};
const event = (seq: number) => ({ topic: "run:1", event: { type: "delta", seq } });

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  socket = new Socket(() => {
    const made = new FakeWire();
    wires.push(made);
    return made;
  });
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
});

describe("Socket", () => {
  it("opens with the first subscription and delivers its events", () => {
    const seen: unknown[] = [];
    socket.subscribe("run:1", { onEvent: (one) => seen.push(one) }, 3);
    wire(0).onopen?.();
    wire(0).says(event(4));
    wire(0).says({ topic: "run:2", event: { seq: 1 } });

    expect(wire(0).sent).toEqual([{ op: "subscribe", topic: "run:1", after: 3 }]);
    expect(seen).toEqual([{ type: "delta", seq: 4 }]);
  });

  it("subscribes again from the last seq after a break, and shows nothing twice", () => {
    const seen: number[] = [];
    socket.subscribe<{ seq: number }>("run:1", { onEvent: (one) => seen.push(one.seq) });
    wire(0).onopen?.();
    wire(0).says(event(1));
    wire(0).says(event(2));
    wire(0).onclose?.({ code: 1006 });
    vi.advanceTimersByTime(500);
    wire(1).onopen?.();
    wire(1).says(event(2));
    wire(1).says(event(3));

    expect(wire(1).sent).toEqual([{ op: "subscribe", topic: "run:1", after: 2 }]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("waits longer with every failure, and no longer than 15 s", () => {
    socket.subscribe("run:1", { onEvent: () => undefined });
    for (const wait of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      const before = wires.length;
      wire(before - 1).onclose?.({ code: 1006 });
      vi.advanceTimersByTime(wait - 1);
      expect(wires.length).toBe(before);
      vi.advanceTimersByTime(1);
      expect(wires.length).toBe(before + 1);
    }
  });

  it("gives a later reader what it asks for without repeating it to the first", () => {
    const first: number[] = [];
    const second: number[] = [];
    socket.subscribe<{ seq: number }>("run:1", { onEvent: (one) => first.push(one.seq) }, 2);
    wire(0).onopen?.();
    wire(0).says(event(3));
    socket.subscribe<{ seq: number }>("run:1", { onEvent: (one) => second.push(one.seq) }, 0);
    for (const seq of [1, 2, 3, 4]) wire(0).says(event(seq));

    expect(wire(0).sent).toEqual([{ op: "subscribe", topic: "run:1", after: 2 }, { op: "subscribe", topic: "run:1", after: 0 }]);
    expect(first).toEqual([3, 4]);
    expect(second).toEqual([1, 2, 3, 4]);
  });

  it("leaves a topic with its last reader", () => {
    const leaveFirst = socket.subscribe("run:1", { onEvent: () => undefined });
    const leaveSecond = socket.subscribe("run:1", { onEvent: () => undefined });
    wire(0).onopen?.();
    wire(0).sent = [];
    leaveFirst();
    expect(wire(0).sent).toEqual([]);
    leaveSecond();

    expect(wire(0).sent).toEqual([{ op: "unsubscribe", topic: "run:1" }]);
  });

  it("hands a topic's error to its readers", () => {
    const errors: unknown[] = [];
    socket.subscribe("run:1", { onEvent: () => undefined, onError: (error) => errors.push(error) });
    wire(0).onopen?.();
    wire(0).says({ topic: "run:1", error: { code: "not_found", message: "No such run." } });

    expect(errors).toEqual([{ code: "not_found", message: "No such run." }]);
  });

  it("tells readers to forget when the server has lost what it told, and tells everything again", () => {
    let seen: (number | "reset")[] = [];
    socket.subscribe<{ seq: number }>("run:1", { onEvent: (one) => seen.push(one.seq), onReset: () => (seen = ["reset"]) }, 2);
    wire(0).onopen?.();
    wire(0).says(event(3));
    wire(0).confirms = false;
    wire(0).says({ topic: "run:1", reset: true, after: 1 });
    wire(0).says(event(2));
    wire(0).says({ topic: "run:1", subscribed: true, after: 0 });
    for (const seq of [1, 2]) wire(0).says(event(seq));

    expect(wire(0).sent.at(-1)).toEqual({ op: "subscribe", topic: "run:1", after: 0 });
    expect(seen).toEqual(["reset", 1, 2]);
  });

  it.each([
    ["closes the line", () => wire(0).onclose?.({ code: 4401 })],
    ["refuses a topic", () => wire(0).says({ topic: "run:1", error: { code: "not_authenticated", message: "Sign in first." } })],
  ])("does not come back by itself when the session has ended and the server %s", (_, end) => {
    const states: Connection[] = [];
    socket.subscribe("run:1", { onEvent: () => undefined });
    wire(0).onopen?.();
    socket.watch((state) => states.push(state));
    end();
    vi.advanceTimersByTime(120_000);
    expect(wires).toHaveLength(1);
    socket.subscribe("run:2", { onEvent: () => undefined });

    expect(wires).toHaveLength(2);
    expect(states).toEqual(["open", "signed-out", "waiting", "connecting"]);
  });

  it("pings, and drops a connection that has gone silent", () => {
    const states: Connection[] = [];
    socket.watch((state) => states.push(state));
    socket.subscribe("run:1", { onEvent: () => undefined });
    wire(0).onopen?.();
    vi.advanceTimersByTime(25_000);
    expect(wire(0).sent).toContainEqual({ op: "ping" });
    vi.advanceTimersByTime(50_000);

    expect(wire(0).closed).toBe(true);
    expect(states).toEqual(["waiting", "connecting", "open", "waiting"]);
  });
});
