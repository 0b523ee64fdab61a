import { describe, expect, it } from "vitest";
import type { RunEvent } from "../generated/events";
import { framesOf, nodeIn, progressOf, shownFrame, waitingIn, writesOf } from "./frames";
import { fold } from "./state";

const at = "2026-01-01T00:00:00.000Z";
type Loose = Partial<RunEvent> & { type: RunEvent["type"] };
const run = (...events: Loose[]) => events.map((event, i) => ({ seq: i + 1, at, ...event }) as RunEvent);
const started = (node_id: string, frame = ""): Loose => ({ type: "node_started", node_id, frame, kind: "x", attempt: 1 });
const finished = (node_id: string, frame = "", over: object = {}): Loose => ({ type: "node_finished", node_id, frame, inputs: {}, outputs: {}, handle: null, elapsed_ms: 1, usage: null, facts: {}, ...over });
const round = (node_id: string, index: number, frame = ""): Loose => ({ type: "frame_started", node_id, frame, index });
const over = (node_id: string, index: number, frame = "", error: { code: string; message: string } | null = null): Loose => ({ type: "frame_finished", node_id, frame, index, output: null, error, elapsed_ms: 1 });

const log = run(
  started("each"),
  { type: "container_started", node_id: "each", frame: "", inputs: {}, length: 3 },
  round("each", 0),
  started("llm", "each:0"),
  finished("llm", "each:0"),
  over("each", 0),
  round("each", 1),
  started("loop", "each:1"),
  round("loop", 0, "each:1"),
  started("set", "each:1/loop:0"),
  finished("set", "each:1/loop:0", { writes: [{ target: ["loop", "n"], op: "+=", value: 1 }] }),
);
const state = fold(log);

describe("frames", () => {
  it("are those of the round that is shown: the newest, or the one chosen", () => {
    expect([shownFrame(state, [], {}), shownFrame(state, ["each"], {}), shownFrame(state, ["each"], { each: 0 }), shownFrame(state, ["loop", "each"], {})]).toEqual(["", "each:1", "each:0", "each:1/loop:0"]);
    expect([shownFrame(state, ["loop", "each"], { each: 0 }), shownFrame(state, ["each"], { each: 9 })]).toEqual([null, null]);
  });

  it("tell what happened at a node in one round", () => {
    expect([nodeIn(state, "each:0", "llm")?.status, nodeIn(state, "each:1", "llm"), nodeIn(state, null, "llm"), nodeIn(state, "", "each")?.status]).toEqual(["finished", undefined, undefined, "running"]);
  });

  it("show how far a container has come", () => {
    expect(progressOf(state, "", "each")).toEqual({ done: 1, of: 3, failed: 0 });
    expect(progressOf(state, "each:1", "loop")).toEqual({ done: 0, of: null, failed: 0 });
    expect(progressOf(state, "each:0", "llm")).toBeNull();
    expect(framesOf(state, "", "each").map(({ path }) => path)).toEqual(["each:0", "each:1"]);
  });

  it("of a container that failed begin with the round that failed", () => {
    const error = { code: "boom", message: "Boom" };
    const failed = fold(run(started("each"), round("each", 0), round("each", 1), over("each", 0, "", error), over("each", 1), { type: "node_failed", node_id: "each", frame: "", error, handled: null, inputs: {}, outputs: {}, elapsed_ms: 1 }));

    expect(shownFrame(failed, ["each"], {})).toBe("each:0");
    expect(progressOf(failed, "", "each")?.failed).toBe(1);
  });
});

describe("what a log tells besides", () => {
  it("are the writes of a node in its round", () => {
    expect(writesOf(log, "each:1/loop:0", "set")).toEqual([{ target: ["loop", "n"], op: "+=", value: 1 }]);
    expect(writesOf(log, "each:0", "set")).toEqual([]);
  });

  it("is what waits, wherever it stands", () => {
    const wait = { type: "form", key: "k", expires_at: null };
    const waiting = fold(run(started("each"), round("each", 0), started("ask", "each:0"), { type: "node_waiting", node_id: "ask", frame: "each:0", wait }));

    expect(waitingIn(waiting)).toEqual([{ nodeId: "ask", path: "each:0", wait }]);
  });
});
