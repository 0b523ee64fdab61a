import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { makeEditor, show } from "../testing/harness";
import { NodePicker } from "./NodePicker";

const names = () => screen.getAllByRole("option").map((option) => option.getAttribute("data-value"));

function open(picking: Parameters<ReturnType<typeof makeEditor>["show"]>[0]["picking"]) {
  const editor = makeEditor();
  editor.show({ picking });
  return show(<NodePicker />, editor);
}

describe("NodePicker", () => {
  it("offers what this app can take, and not a second start", () => {
    open({ screen: null, at: null });

    expect(names()).toEqual(["answer", "note", "llm", "question-classifier", "knowledge-retrieval", "if-else", "variable-aggregator", "iteration", "loop", "code", "human-input"]);
  });

  it("puts the family one asked for on top", () => {
    open({ screen: null, at: null, family: "logic" });

    expect(names().slice(0, 2)).toEqual(["if-else", "variable-aggregator"]);
  });

  it("finds by name and adds at the end of the edge that was dropped", async () => {
    const user = userEvent.setup();
    const editor = open({ screen: { x: 10, y: 10 }, at: { x: 1200, y: 50 }, from: { node: "answer", handle: "source" } });
    await user.type(screen.getByRole("combobox"), "code{Enter}");

    const { history, picking, openNode } = editor.store.get();
    expect(history.doc.edges.at(-1)).toMatchObject({ source: "answer", target: "code" });
    expect(history.doc.layout.code).toEqual({ x: 1200, y: 50 });
    expect([picking, openNode]).toEqual([null, "code"]);
  });

  it("takes the best hit of all families on Enter", async () => {
    const user = userEvent.setup();
    const editor = open({ screen: { x: 10, y: 10 }, at: { x: 1200, y: 50 } });
    await user.type(screen.getByRole("combobox"), "if{Enter}");

    expect(editor.store.get().history.doc.nodes.at(-1)?.kind).toBe("if-else");
  });

  it("finds by other words for the same", async () => {
    const user = userEvent.setup();
    const editor = open({ screen: { x: 10, y: 10 }, at: { x: 1200, y: 50 } });
    await user.type(screen.getByRole("combobox"), "merge{Enter}");

    expect(editor.store.get().history.doc.nodes.at(-1)?.kind).toBe("variable-aggregator");
  });

  it("does not cover a card that stands where one points", async () => {
    const user = userEvent.setup();
    const editor = open({ screen: { x: 10, y: 10 }, at: { x: 900, y: 50 } });
    await user.type(screen.getByRole("combobox"), "code{Enter}");

    expect(editor.store.get().history.doc.layout.code).toEqual({ x: 900, y: 136 });
  });

  it("continues after the selected node when it leads nowhere yet", async () => {
    const user = userEvent.setup();
    const editor = makeEditor();
    editor.select(["answer"]);
    editor.show({ picking: { screen: null, at: null } });
    show(<NodePicker />, editor);
    await user.click(screen.getByText("LLM"));

    expect(editor.store.get().history.doc.edges.at(-1)).toMatchObject({ source: "answer", target: "llm_2" });
  });

  it("closes on Escape and changes nothing", async () => {
    const user = userEvent.setup();
    const editor = open({ screen: null, at: null });
    await user.keyboard("{Escape}");

    expect(editor.store.get().picking).toBeNull();
    expect(editor.store.get().history.past).toEqual([]);
  });
});
