import { fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeEditor, show } from "../testing/harness";
import { useClipboard } from "./useClipboard";

function Page() {
  useClipboard();
  return <div className="react-flow__pane" data-testid="pane" />;
}

function clipboard(type: "copy" | "paste", text = "") {
  const held = new Map([["text/plain", text]]);
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { getData: (kind: string) => held.get(kind) ?? "", setData: (kind: string, value: string) => held.set(kind, value) } });
  document.dispatchEvent(event);
  return held.get("text/plain") ?? "";
}

describe("paste", () => {
  it("never lies on the original nor on what was pasted before", () => {
    const editor = makeEditor();
    show(<Page />, editor);
    editor.select(["llm"]);
    const text = clipboard("copy");
    clipboard("paste", text);
    clipboard("paste", text);

    const { layout } = editor.store.get().history.doc;
    expect([layout.llm, layout.llm_2, layout.llm_3]).toEqual([{ x: 560, y: 0 }, { x: 560, y: 112 }, { x: 560, y: 224 }]);
  });

  it("lies at the pointer", () => {
    const editor = makeEditor();
    show(<Page />, editor);
    editor.select(["llm"]);
    const text = clipboard("copy");
    fireEvent.pointerMove(document.querySelector(".react-flow__pane")!, { clientX: 300, clientY: 424 });
    clipboard("paste", text);

    expect(editor.store.get().history.doc.layout.llm_2).toEqual({ x: 276, y: 400 });
  });
});
