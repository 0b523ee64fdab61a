import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { type RunEvent } from "@/graph";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { entriesOf, filterEntries, foldEntries, NOTHING_ASKED } from "./entries";
import { LogView } from "./LogView";

const origin = Date.parse("2026-01-01T00:00:00.000Z");
const NO_USAGE = null;
const log = (...events: object[]) => events.map((event, i) => ({ seq: i + 1, at: new Date(origin + i * 250).toISOString(), ...event })) as RunEvent[];
const started = (node_id: string, frame = "", attempt = 1) => ({ type: "node_started", node_id, frame, kind: "code", attempt });
const finished = (node_id: string, frame = "", over: object = {}) => ({ type: "node_finished", node_id, frame, inputs: { a: 1 }, outputs: { text: "ok" }, handle: null, elapsed_ms: 38, usage: NO_USAGE, facts: {}, ...over });
const error = { code: "boom", message: "It broke." };

const EVENTS = log(
  { type: "run_started", run_id: "r", mode: "workflow", inputs: {}, sys: {} },
  started("each"),
  { type: "container_started", node_id: "each", frame: "", inputs: {}, length: 2 },
  { type: "frame_started", node_id: "each", frame: "", index: 0 },
  started("call", "each:0"),
  { type: "node_retrying", node_id: "call", frame: "each:0", attempt: 2, error, delay_ms: 1000 },
  started("call", "each:0", 2),
  finished("call", "each:0", { writes: [{ target: ["conversation", "seen"], op: "append", value: 1 }] }),
  { type: "frame_finished", node_id: "each", frame: "", index: 0, output: 1, error: null, elapsed_ms: 9 },
  { type: "frame_started", node_id: "each", frame: "", index: 1 },
  { type: "frame_finished", node_id: "each", frame: "", index: 1, output: null, error, elapsed_ms: 9 },
  { type: "node_delta", node_id: "each", frame: "", output: "text", text: "Hel" },
  { type: "node_delta", node_id: "each", frame: "", output: "text", text: "lo" },
  finished("each"),
);
const words = (entries: ReturnType<typeof entriesOf>) => entries.map(({ event }) => event.type);

describe("entriesOf", () => {
  it("makes one line of many pieces of text", () => {
    const entry = entriesOf(EVENTS).find(({ event }) => event.type === "node_delta");
    expect([entriesOf(EVENTS).length, entry?.chars, entry?.pieces, entry?.ms]).toEqual([13, 5, 2, 2750]);
  });

  it("are found by kind, node and words", () => {
    const entries = entriesOf(EVENTS);
    const ask = (over: object) => words(filterEntries(entries, { ...NOTHING_ASKED, ...over }, (id) => (id === "call" ? "Call the bank" : id)));
    expect(ask({ group: "trouble" })).toEqual(["node_retrying", "frame_finished"]);
    expect(ask({ group: "writes" })).toEqual(["node_finished"]);
    expect(ask({ nodeId: "call", text: "BANK" })).toHaveLength(4);
    expect(ask({ text: "it broke" })).toEqual(["node_retrying", "frame_finished"]);
  });
});

describe("foldEntries", () => {
  it("folds what happened in a round below its start", () => {
    const shape = (open: string[]) => foldEntries(entriesOf(EVENTS), new Set(open)).map((line) => (line.type === "entry" ? `${"  ".repeat(line.depth)}${line.entry.event.type}${line.inside ? `[${line.inside}]` : ""}` : line.key));
    expect(shape([])).toEqual(["run_started", "node_started", "container_started", "frame_started[5]", "frame_started[1]", "node_delta", "node_finished"]);
    expect(shape(["each:1"])).toEqual(["run_started", "node_started", "container_started", "frame_started[5]", "frame_started[1]", "  frame_finished", "node_delta", "node_finished"]);
  });

  it("lists many rounds only when asked for", () => {
    const rounds = entriesOf(log(...Array.from({ length: 70 }, (_, index) => ({ type: "frame_started", node_id: "each", frame: "", index }))));
    expect(foldEntries(rounds, new Set()).at(-1)).toMatchObject({ type: "more", count: 20, path: "each+" });
    expect(foldEntries(rounds, new Set(["each+"]))).toHaveLength(70);
  });
});

describe("LogView", () => {
  it("reads as sentences, opens a round, and shows what an event holds, large values when asked", async () => {
    const blob = { $blob: "b1", bytes: 300_000, type: "str", preview: "Long lo" };
    const server = fakeServer({ "GET /runs/r/blobs/b1": "the whole text" });
    renderPage(<LogView runId="r" events={[...EVENTS, ...log({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, finished("call", "", { outputs: { text: blob } })).slice(14)]} document={null} />);
    expect(screen.getByRole("button", { name: /each has 2 rounds/ })).toHaveTextContent("00:00.500");
    await userEvent.click(screen.getByRole("button", { name: /round 1/ }));
    expect(screen.getByRole("button", { name: /call tries again in 1.00 s \(try 2\): It broke\./ })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: /call finished in 38 ms · wrote conversation.seen/ }));
    expect(screen.getByText("ok")).toBeVisible();

    await userEvent.click(screen.getAllByRole("button", { name: /call finished in 38 ms/ }).at(-1) as HTMLElement);
    await userEvent.click(screen.getByRole("button", { name: "Load all 300 KB" }));
    expect(await screen.findByText("the whole text")).toBeVisible();
    expect(server.asked).toHaveLength(1);
    vi.unstubAllGlobals();
  });

  it("says when nothing fits, and finds the way back", async () => {
    renderPage(<LogView runId="r" events={EVENTS} document={null} />);
    await userEvent.type(screen.getByRole("searchbox"), "no such thing");
    await userEvent.click(await screen.findByRole("button", { name: "Show everything" }));

    expect(within(screen.getByRole("list")).getAllByRole("listitem")).toHaveLength(7);
  });
});
