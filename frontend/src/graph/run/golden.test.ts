/// <reference types="node" />
/** The engine's recorded runs: what its reducer made of them is what ours must make. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunEvent, RunState } from "../generated/events";
import { EVENT_TYPES } from "../generated/events";
import { apply, fold } from "./state";
import { traceOf } from "./trace";

/** Tests run in the folder of package.json. */
const ROOT = join(process.cwd(), "../tests/golden/runs");
const CASES = readdirSync(ROOT).sort();

function read(name: string): { events: RunEvent[]; state: RunState } {
  const text = (file: string) => readFileSync(join(ROOT, name, file), "utf8");
  const events = text("events.jsonl").trim().split("\n").map((line) => JSON.parse(line) as RunEvent);
  return { events, state: JSON.parse(text("state.json")) as RunState };
}

describe.each(CASES)("golden run %s", (name) => {
  const { events, state } = read(name);

  it("folds to the engine's state", () => {
    expect(fold(events)).toEqual(state);
  });

  it("goes on from any point to the same end", () => {
    events.forEach((_, i) => expect(fold(events, fold(events.slice(0, i)))).toEqual(state));
  });

  it("concatenates to its answer", () => {
    const open = events.slice(0, -1).reduce(apply, fold([]));

    expect(state.answer.startsWith(open.answer)).toBe(true);
  });

  it("gives every try a bar that ends, unless it waits", () => {
    const open = traceOf(events).spans.filter((span) => span.endMs === null);

    expect(open.map((span) => state.nodes[span.nodeId]?.status)).toEqual(open.map(() => "waiting"));
  });
});

it("has recorded runs, of known events only", () => {
  const known = new Set<string>(EVENT_TYPES);

  expect(CASES.length).toBeGreaterThan(0);
  expect(CASES.flatMap((name) => read(name).events).filter((event) => !known.has(event.type))).toEqual([]);
});
