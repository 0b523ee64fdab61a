import { describe, expect, it } from "vitest";
import { addNode, configure, execute, moveNodes, renameNode, type Setting } from "./commands";
import { redo, startHistory, undo, type History } from "./history";
import { KINDS, ragDoc } from "./testing/factories";

const setting: Setting = { kinds: KINDS, sizeOf: () => ({ width: 216, height: 88 }) };

function type(history: History, titles: string[], gapMs: number): History {
  return titles.reduce((h, title, i) => execute(h, renameNode, { id: "llm", title }, setting, i * gapMs), history);
}

describe("history", () => {
  it("undoes and redoes to the very same documents", () => {
    const first = startHistory(ragDoc());
    const second = execute(first, addNode, { kind: "code", title: "Code", at: { x: 0, y: 0 } }, setting, 0);

    expect(undo(second).doc).toBe(first.doc);
    expect(redo(undo(second)).doc).toBe(second.doc);
    expect(undo(first)).toBe(first);
    expect(redo(second)).toBe(second);
  });

  it("makes one step of a word typed, and two of words typed with a pause", () => {
    const quick = type(startHistory(ragDoc()), ["A", "As", "Ask"], 100);
    const slow = type(startHistory(ragDoc()), ["A", "As", "Ask"], 5000);

    expect(quick.past).toHaveLength(1);
    expect(undo(quick).doc.nodes[2]?.title).toBe("llm");
    expect(slow.past).toHaveLength(3);
  });

  it("does not merge changes of different fields or of different nodes", () => {
    let history = startHistory(ragDoc());
    history = execute(history, configure, { id: "llm", field: "a", config: { a: 1 } }, setting, 0);
    history = execute(history, configure, { id: "llm", field: "b", config: { a: 1, b: 1 } }, setting, 10);
    history = execute(history, configure, { id: "answer", field: "b", config: { b: 1 } }, setting, 20);

    expect(history.past.map((step) => step.label)).toEqual(Array(3).fill("command.configure"));
  });

  it("records nothing when nothing changes, and forgets the future on a new change", () => {
    const first = startHistory(ragDoc());
    const still = execute(first, moveNodes, { places: { llm: { x: 560, y: 0 } } }, setting, 0);
    const moved = execute(first, moveNodes, { places: { llm: { x: 1, y: 0 } } }, setting, 0);
    const other = execute(undo(moved), moveNodes, { places: { llm: { x: 2, y: 0 } } }, setting, 9000);

    expect(still).toBe(first);
    expect(other.future).toEqual([]);
    expect(other.past).toHaveLength(1);
  });
});
