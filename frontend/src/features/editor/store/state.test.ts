import { describe, expect, it, vi } from "vitest";
import { addNode, configure, deleteNodes, duplicate, renameNode, tidyUp } from "@/graph";
import { ragDoc } from "@/graph/testing/factories";
import { makeEditor } from "../testing/harness";
import { createStore, shallowEqual } from "./store";

describe("createEditor", () => {
  it("selects and opens what is new, and closes what is gone", () => {
    const editor = makeEditor();
    editor.dispatch(addNode, { kind: "code", title: "Code", at: { x: 0, y: 0 } });
    expect(editor.store.get()).toMatchObject({ nodes: ["code"], openNode: "code", save: "dirty" });

    editor.dispatch(deleteNodes, { ids: ["code"] });
    expect(editor.store.get()).toMatchObject({ nodes: [], openNode: null });

    editor.dispatch(duplicate, { ids: ["llm", "answer"] });
    expect(editor.store.get()).toMatchObject({ nodes: ["llm_2", "answer_2"], openNode: null });
  });

  it("gives places to what came without", () => {
    const { layout } = makeEditor({ ...ragDoc(), layout: {} }).store.get().history.doc;
    expect(Object.keys(layout).sort()).toEqual(["answer", "llm", "retrieve", "start"]);
    expect(new Set(Object.values(layout).map(({ x, y }) => `${x} ${y}`)).size).toBe(4);
  });

  it("checks again after a change, once for many", () => {
    vi.useFakeTimers();
    const editor = makeEditor();
    const spy = vi.fn();
    editor.dispatch(deleteNodes, { ids: ["retrieve"] });
    editor.store.subscribe(spy);
    editor.dispatch(renameNode, { id: "llm", title: "Ask" });
    vi.advanceTimersByTime(400);
    vi.useRealTimers();

    expect(spy).toHaveBeenCalledTimes(2);
    expect(editor.store.get().faults.map((fault) => [fault.code, fault.node_id])).toContainEqual(["reference_unknown_node", "llm"]);
  });

  it("changes nothing where one only looks", () => {
    const editor = makeEditor();
    editor.store.set({ readOnly: true });
    const before = editor.store.get().history;
    editor.dispatch(tidyUp, undefined);

    expect(editor.store.get().history).toBe(before);
  });

  it("clears a fault while its field is being filled, also one the server found in an older draft", () => {
    vi.useFakeTimers();
    const editor = makeEditor();
    const seen = editor.store.get().history.doc;
    const fault = { code: "config_invalid", message: "No.", node_id: "answer", field: "answer", severity: "error" as const };
    editor.setServerFaults([fault], seen);
    expect(editor.store.get().faults).toContainEqual(fault);

    for (const answer of ["a", "ab", "abc"]) {
      editor.dispatch(configure, { id: "answer", config: { answer } });
      vi.advanceTimersByTime(100);
    }
    expect(editor.store.get().faults).not.toContainEqual(fault);

    editor.setServerFaults([fault], seen);
    expect(editor.store.get().faults).not.toContainEqual(fault);
    vi.useRealTimers();
  });

  it("does not wake anybody for a selection that is the same", () => {
    const editor = makeEditor();
    editor.select(["llm"]);
    const before = editor.store.get().nodes;
    editor.select(["llm"]);

    expect(editor.store.get().nodes).toBe(before);
  });
});

describe("store", () => {
  it("keeps what a change does not name", () => {
    const store = createStore({ a: 1, b: 2 });
    store.set((state) => ({ a: state.a + 1 }));

    expect(store.get()).toEqual({ a: 2, b: 2 });
    expect(shallowEqual({ a: [1] }, { a: [1] })).toBe(false);
    expect(shallowEqual({ a: 1 }, { a: 1 })).toBe(true);
  });
});
