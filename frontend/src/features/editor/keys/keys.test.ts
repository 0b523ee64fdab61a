import { describe, expect, it, vi } from "vitest";
import { makeEditor } from "../testing/harness";
import { handle } from "./useKeys";

const deeds = () => ({ run: vi.fn(), save: vi.fn(), fit: vi.fn(), reveal: vi.fn(), pick: vi.fn() });

function press(init: KeyboardEventInit, editor = makeEditor(), target: HTMLElement = document.body) {
  const done = deeds();
  const event = new KeyboardEvent("keydown", init);
  Object.defineProperty(event, "target", { value: target });
  return { editor, done, used: handle(event, editor, done) };
}

describe("keys", () => {
  it("undo, redo, duplicate, delete", () => {
    const editor = makeEditor();
    editor.select(["llm"]);
    press({ key: "d", metaKey: true }, editor);
    expect(editor.store.get().history.doc.nodes).toHaveLength(5);
    press({ key: "z", ctrlKey: true }, editor);
    expect(editor.store.get().history.doc.nodes).toHaveLength(4);
    press({ key: "Z", ctrlKey: true, shiftKey: true }, editor);
    expect(editor.store.get().history.doc.nodes).toHaveLength(5);
    expect(editor.store.get().nodes).toEqual(["llm_2"]);
    press({ key: "Backspace" }, editor);
    expect(editor.store.get().history.doc.nodes).toHaveLength(4);
    press({ key: "Delete" }, editor);
    expect(editor.store.get().history.doc.nodes).toHaveLength(4);
  });

  it("walk the graph, and take the panel along", () => {
    const editor = makeEditor();
    press({ key: "ArrowRight" }, editor);
    press({ key: "ArrowRight" }, editor);
    expect(editor.store.get().nodes).toEqual(["retrieve"]);

    press({ key: "Enter" }, editor);
    press({ key: "ArrowRight" }, editor);
    expect(editor.store.get().openNode).toBe("llm");

    press({ key: "Escape" }, editor);
    expect(editor.store.get()).toMatchObject({ openNode: null, nodes: ["llm"] });
    press({ key: "Escape" }, editor);
    expect(editor.store.get().nodes).toEqual([]);
  });

  it.each(["<button role=radio></button>", "<div role=listbox><div role=option tabindex=0></div></div>", "<input type=checkbox>"])("Esc closes the panel from within: %s", (inside) => {
    const panel = document.createElement("aside");
    panel.innerHTML = inside;
    const editor = makeEditor();
    editor.open("llm");

    expect(press({ key: "Escape" }, editor, (panel.querySelector("[role=option]") ?? panel.firstElementChild) as HTMLElement).used).toBe(true);
    expect(editor.store.get().openNode).toBeNull();
  });

  it("Esc leaves a text before the panel, and a menu to itself", () => {
    const panel = document.createElement("aside");
    panel.innerHTML = "<textarea></textarea><div role=menu><button></button></div>";
    document.body.append(panel);
    const editor = makeEditor();
    editor.open("llm");
    const field = panel.querySelector("textarea")!;
    field.focus();
    press({ key: "Escape" }, editor, field);

    expect([document.activeElement === field, editor.store.get().openNode]).toEqual([false, "llm"]);
    expect(press({ key: "Escape" }, editor, panel.querySelector("button")!).used).toBe(false);
    panel.remove();
  });

  it("run and save work while one types, all else does not", () => {
    const field = document.createElement("textarea");
    const editor = makeEditor();
    editor.select(["llm"]);

    expect(press({ key: "Enter", metaKey: true }, editor, field).done.run).toHaveBeenCalled();
    expect(press({ key: "s", metaKey: true }, editor, field).done.save).toHaveBeenCalled();
    expect(press({ key: "Backspace" }, editor, field).used).toBe(false);
    expect(press({ key: "/" }, editor, field).used).toBe(false);
    expect(editor.store.get().history.past).toEqual([]);
  });

  it("open what they should", () => {
    expect(press({ key: "/" }).done.pick).toHaveBeenCalled();
    expect(press({ key: "?", shiftKey: true }).editor.store.get().surface).toBe("shortcuts");
    expect(press({ key: "!", code: "Digit1", shiftKey: true }).done.fit).toHaveBeenCalled();
    expect(press({ key: "x" }).used).toBe(false);
  });

  it("change nothing where one only looks", () => {
    const editor = makeEditor();
    editor.store.set({ readOnly: true });
    editor.select(["llm"]);

    expect(press({ key: "Delete" }, editor).used).toBe(false);
    expect(press({ key: "/" }, editor).used).toBe(false);
    expect(press({ key: "ArrowRight" }, editor).used).toBe(true);
  });
});
