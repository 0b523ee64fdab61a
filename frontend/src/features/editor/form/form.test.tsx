import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { nodeById, type JsonObject, type Schema } from "@/graph";
import { KINDS, makeDoc, node, ragDoc } from "@/graph/testing/factories";
import { SettingsTab } from "../panel/SettingsTab";
import { useEditorState } from "../store/context";
import { selectDoc } from "../store/selectors";
import type { Editor } from "../store/state";
import { makeEditor, show } from "../testing/harness";
import { widgetFor } from "./registry";

/** Whole forms with CodeMirror in jsdom take their time on a busy machine. */
vi.setConfig({ testTimeout: 30_000 });

function Settings({ id }: { id: string }) {
  const found = nodeById(useEditorState(selectDoc), id);
  return found ? <SettingsTab node={found} /> : null;
}

const configOf = (editor: Editor, id: string): JsonObject => nodeById(editor.store.get().history.doc, id)?.config ?? {};

describe("widgetFor", () => {
  const root: Schema = { $defs: { Memory: { type: "object", properties: { window: { type: "integer" } } } } };
  const nameOf = (schema: Schema) => widgetFor(schema, root).Widget.name;

  it.each<[Schema, string]>([
    [{ type: "string", "x-widget": "template" }, "TemplateWidget"],
    [{ anyOf: [{ type: "array", "x-widget": "selector" }, { type: "null" }] }, "SelectorWidget"],
    [{ type: "string", enum: ["a", "b"] }, "SelectWidget"],
    [{ type: "string", "x-widget": "select" }, "TypeWidget"],
    [{ anyOf: [{ type: "number" }, { type: "null" }], "x-widget": "number" }, "NumberWidget"],
    [{ type: "boolean" }, "SwitchWidget"],
    [{ type: "array", items: { type: "string" } }, "ListWidget"],
    [{ $ref: "#/$defs/Memory" }, "GroupWidget"],
    [{ anyOf: [{ $ref: "#/$defs/Memory" }, { type: "null" }] }, "OptionalGroupWidget"],
    [{ type: "object" }, "JsonWidget"],
    [{ "x-widget": "unheard-of", type: "string" }, "TextWidget"],
  ])("%j", (schema, name) => {
    expect(nameOf(schema)).toBe(name);
  });
});

describe("the form of a node", () => {
  it("is made from the kind's schema, and offers only what is upstream", async () => {
    const user = userEvent.setup();
    const editor = show(<Settings id="retrieve" />);
    await user.click(screen.getByRole("button", { name: /^Question:/ }));

    const offered = screen.getAllByRole("option").map((option) => option.textContent);
    expect(offered[0]).toBe("citystring");
    expect(offered).not.toContain("textstring");

    await user.click(screen.getByRole("option", { name: /city/ }));
    expect(configOf(editor, "retrieve").query).toEqual(["start", "city"]);
  });

  it("keeps a number when it is one", async () => {
    const user = userEvent.setup();
    const editor = show(<Settings id="retrieve" />);
    const field = screen.getByLabelText("Passages");
    await user.clear(field);
    await user.type(field, "12");

    expect(configOf(editor, "retrieve").top_k).toBe(12);
    expect(editor.store.get().history.past).toHaveLength(1);
  });

  it("shows references as chips with the titles that readers know", () => {
    show(<Settings id="answer" />);

    expect(screen.getByText("llm.text")).toHaveClass("weft-chip");
  });

  it("marks a reference that leads nowhere", () => {
    const doc = makeDoc([node("start", "start"), node("answer", "answer", { answer: "{{#gone.text#}}" })], ["start > answer"]);
    show(<Settings id="answer" />, makeEditor(doc));

    expect(screen.getByText("gone.text")).toHaveClass("weft-chip-broken");
    expect(screen.getByText(/refers to a node that is not there/)).toBeInTheDocument();
  });

  it("adds, moves and removes messages of a prompt", async () => {
    const user = userEvent.setup();
    const editor = show(<Settings id="llm" />);
    await user.click(screen.getByRole("button", { name: "Add a message" }));
    const roles = () => (configOf(editor, "llm").prompt as JsonObject[]).map((message) => message.role);
    expect(roles()).toEqual(["user", "user"]);

    await user.click(screen.getAllByRole("button", { name: "Remove" })[0]!);
    expect(roles()).toEqual(["user"]);
  });

  it("builds cases, with operators that suit the value's type", async () => {
    const user = userEvent.setup();
    const config = { cases: [{ id: "true", logical: "and", conditions: [{ selector: [], operator: "contains", value: "" }] }] };
    const doc = { ...ragDoc(), nodes: [...ragDoc().nodes, node("check", "if-else", config)] };
    const editor = show(<Settings id="check" />, makeEditor({ ...doc, edges: [...doc.edges, { id: "x", source: "llm", handle: "source", target: "check" }] }));
    await user.click(screen.getByRole("button", { name: /^Value:/ }));
    await user.click(screen.getByRole("option", { name: /result/ }));
    await user.click(screen.getByRole("button", { name: "Add a case" }));

    const cases = configOf(editor, "check").cases as JsonObject[];
    expect(cases.map((entry) => entry.id)).toEqual(["true", "case_2"]);
    expect((cases[0]?.conditions as JsonObject[])[0]).toEqual({ selector: ["retrieve", "result"], operator: "contains", value: "" });
  });

  it("renames an input of the start form together with its users", async () => {
    const user = userEvent.setup();
    const editor = show(<Settings id="start" />);
    await user.click(screen.getByRole("button", { name: /^city/ }));
    const name = screen.getByLabelText("Name");
    await user.clear(name);
    await user.type(name, "town");
    await user.tab();

    expect(configOf(editor, "start").variables).toEqual([{ name: "town", type: "text" }]);
    expect((configOf(editor, "llm").prompt as JsonObject[])[0]?.text).toBe("{{#context#}} in {{#start.town#}}");
  });

  it("says what a kind hands on", () => {
    show(<Settings id="llm" />);
    const list = screen.getByText("Hands on").parentElement!;

    expect(within(list).getAllByRole("listitem").map((item) => item.textContent)).toEqual(["textstring", "usageobject"]);
  });

  it("works plainly for a kind without a folder here", () => {
    const kinds = new Map(KINDS);
    kinds.set("teleport", { ...KINDS.get("answer")!, kind: "teleport", schema: { type: "object", properties: { goal: { type: "string", title: "Where to" } } } });
    const editor = makeEditor(makeDoc([node("t", "teleport", { goal: "home" })]));
    editor.store.set({ kinds });
    show(<Settings id="t" />, editor);

    expect(screen.getByLabelText("Where to")).toHaveValue("home");
  });
});
