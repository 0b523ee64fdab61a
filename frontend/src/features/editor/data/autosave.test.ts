import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renameNode, type Definition } from "@/graph";
import { ragDoc } from "@/graph/testing/factories";
import type { Editor } from "../store/state";
import { makeEditor } from "../testing/harness";
import { startAutosave, type Saved } from "./autosave";

class Refusal extends Error {
  constructor(
    readonly kind: "conflict" | "passing" | "final",
    readonly theirs?: Definition,
  ) {
    super(kind);
  }
}

type Send = (document: Definition, revision: number) => Promise<Saved>;

function start(editor: Editor, send: Send) {
  return startAutosave({
    editor,
    send,
    conflictOf: (error) => {
      if (!(error instanceof Refusal) || error.kind !== "conflict") return null;
      return { revision: 9, document: error.theirs ?? ragDoc(), by: "Mary", own: false, at: null };
    },
    isPassing: (error) => error instanceof Refusal && error.kind === "passing",
  });
}

const rename = (editor: Editor, title: string) => editor.dispatch(renameNode, { id: "llm", title });
const titleOf = (document: Definition) => document.nodes.find((node) => node.id === "llm")?.title;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("autosave", () => {
  it("saves once for what is typed in one go, with the revision it was based on", async () => {
    const editor = makeEditor();
    const send = vi.fn<Send>(async (_, revision) => ({ revision: revision + 1, faults: [] }));
    start(editor, send);
    rename(editor, "A");
    rename(editor, "As");
    rename(editor, "Ask");
    await vi.runAllTimersAsync();

    expect(send.mock.calls.map(([document, revision]) => [titleOf(document), revision])).toEqual([["Ask", 0]]);
    expect(editor.store.get()).toMatchObject({ save: "saved", revision: 1 });
  });

  it("follows a save with what changed meanwhile", async () => {
    const editor = makeEditor();
    const send = vi.fn<Send>(async (document, revision) => {
      if (titleOf(document) === "First") rename(editor, "Second");
      return { revision: revision + 1, faults: [] };
    });
    start(editor, send);
    rename(editor, "First");
    await vi.runAllTimersAsync();

    expect(send.mock.calls.map(([document, revision]) => [titleOf(document), revision])).toEqual([["First", 0], ["Second", 1]]);
    expect(editor.store.get().save).toBe("saved");
  });

  it("stops at a conflict until one is chosen, and then writes over theirs", async () => {
    const editor = makeEditor();
    const send = vi.fn<Send>(async (_, revision) => {
      if (revision === 0) throw new Refusal("conflict");
      return { revision: revision + 1, faults: [] };
    });
    const autosave = start(editor, send);
    rename(editor, "Mine");
    await vi.runAllTimersAsync();
    expect(editor.store.get()).toMatchObject({ save: "conflict", conflict: { by: "Mary", revision: 9 } });

    rename(editor, "Mine too");
    await vi.runAllTimersAsync();
    await expect(autosave.flush()).rejects.toThrow("conflict");
    expect(send).toHaveBeenCalledTimes(1);

    autosave.keepMine();
    await vi.runAllTimersAsync();
    expect(send.mock.calls.at(-1)?.[1]).toBe(9);
    expect(editor.store.get()).toMatchObject({ save: "saved", conflict: null, revision: 10 });
  });

  it("tries again when the network was away, and not when the server said no", async () => {
    const editor = makeEditor();
    const answers = [new Refusal("passing"), new Refusal("final")];
    const send = vi.fn<Send>(async () => {
      throw answers.shift() ?? new Error("asked too often");
    });
    start(editor, send);
    rename(editor, "Ask");
    await vi.advanceTimersByTimeAsync(60_000);

    expect(send).toHaveBeenCalledTimes(2);
    expect(editor.store.get()).toMatchObject({ save: "failed", conflict: null });
  });

  it("flushes at once before a run, and resolves at once when there is nothing to save", async () => {
    const editor = makeEditor();
    const send = vi.fn<Send>(async () => ({ revision: 1, faults: [] }));
    const autosave = start(editor, send);
    await autosave.flush();
    rename(editor, "Ask");
    await autosave.flush();

    expect(send).toHaveBeenCalledTimes(1);
    expect(autosave.pending()).toBe(false);
  });

  it("shows what only the server knows", async () => {
    const editor = makeEditor();
    const fault = { code: "model_gone", message: "Gone.", node_id: "llm", field: "model.name", severity: "error" as const };
    const autosave = start(editor, async () => ({ revision: 1, faults: [fault] }));
    rename(editor, "Ask");
    await autosave.flush();

    expect(editor.store.get().faults).toContainEqual(fault);
  });
});
