import { act, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { FinalConnectionState } from "@xyflow/react";
import { makeEditor, show } from "../testing/harness";
import { Refused } from "./Refused";
import { refuse, wishOf } from "./useConnect";

const drop = (from: string, to: string) =>
  ({ fromNode: { id: from }, fromHandle: { type: "source", id: "source" }, toNode: { id: to }, toHandle: null }) as unknown as FinalConnectionState;
const at = { x: 40, y: 50 };

describe("an edge that is refused", () => {
  it.each([
    ["llm", "retrieve", "This would make a loop."],
    ["llm", "llm", "A node cannot lead to itself."],
    ["llm", "start", "Nothing leads into a start."],
    ["llm", "answer", "These are connected already."],
  ])("says why: %s to %s", (from, to, text) => {
    const editor = show(<Refused />, makeEditor());
    act(() => void refuse(editor, wishOf(drop(from, to), at)!, at));

    expect(screen.getByRole("status")).toHaveTextContent(text);
    act(() => void window.dispatchEvent(new Event("pointerdown")));
    expect(screen.queryByRole("status")).toBeNull();
  });

  it("is none where the edge may be drawn, also when an edge is taken elsewhere", () => {
    const editor = makeEditor();

    expect(refuse(editor, wishOf(drop("start", "llm"), at)!, at)).toBe(false);
    expect(refuse(editor, wishOf(drop("llm", "answer"), at)!, at, "llm > answer")).toBe(false);
    expect(editor.store.get().refused).toBeNull();
  });
});
