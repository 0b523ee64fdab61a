import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { kindMap, nodeById, type JsonObject, type NodeKind, type Schema } from "@/graph";
import { eachDoc, KINDS, makeDoc, node } from "@/graph/testing/factories";
import { SettingsTab } from "../../panel/SettingsTab";
import { useEditorState } from "../../store/context";
import { selectDoc } from "../../store/selectors";
import { createEditor, type Editor } from "../../store/state";
import { show } from "../../testing/harness";
import { operationsFor, valueTypeFor } from "./operations";

/** Whole forms in jsdom take their time on a busy machine. */
vi.setConfig({ testTimeout: 30_000 });

function Settings({ id }: { id: string }) {
  const found = nodeById(useEditorState(selectDoc), id);
  return found ? <SettingsTab node={found} /> : null;
}

const configOf = (editor: Editor, id: string): JsonObject => nodeById(editor.store.get().history.doc, id)?.config ?? {};
const base = KINDS.get("answer")!;
const kind = (name: string, properties: Record<string, Schema>, over: Partial<NodeKind> = {}): NodeKind => ({ ...base, modes: ["chat", "workflow"], kind: name, outputs: [], schema: { type: "object", properties }, ...over });

/** Start, then one node of a kind made for the test. */
function open(made: NodeKind, config: JsonObject): Editor {
  const kinds = kindMap([...KINDS.values(), made]);
  const start = node("start", "start", { variables: [{ name: "city", type: "text" }, { name: "files", type: "file-list" }] });
  const doc = { ...makeDoc([start, node("n", made.kind, config)], ["start > n"]), variables: { environment: [], conversation: [{ name: "seen", type: "array[string]", value: [], description: "" }, { name: "count", type: "number", value: 0, description: "" }] } };
  return show(<Settings id="n" />, createEditor({ document: doc, kinds, now: () => 0 }));
}

describe("classes", () => {
  it("are added with an id of their own, named and moved", async () => {
    const user = userEvent.setup();
    const editor = open(kind("sort", { classes: { type: "array", "x-widget": "classes" } }, { handles: "classes" }), { classes: [{ id: "class", name: "Prices", label: "" }] });
    await user.click(screen.getByRole("button", { name: "Add a class" }));
    await user.type(screen.getByLabelText("Name of class 2"), "Other");
    await user.click(screen.getByRole("button", { name: "Move up" }));

    expect(configOf(editor, "n").classes).toEqual([{ id: "class_2", name: "", label: "Other" }, { id: "class", name: "Prices", label: "" }]);
  });
});

describe("arguments", () => {
  it("take a value from upstream, or one that is written", async () => {
    const user = userEvent.setup();
    const editor = open(kind("call", { arguments: { type: "array", "x-widget": "arguments" } }), { arguments: [{ name: "topic", mode: "variable", value: [] }, { name: "tone", mode: "constant", value: "" }] });
    await user.click(screen.getByRole("button", { name: /: topic:/ }));
    await user.click(screen.getByRole("option", { name: /city/ }));
    await user.type(screen.getByLabelText(/: tone$/), "dry");

    expect(configOf(editor, "n").arguments).toEqual([{ name: "topic", mode: "variable", value: ["start", "city"] }, { name: "tone", mode: "constant", value: "dry" }]);
  });
});

describe("assignments", () => {
  it.each([
    ["string", ["over-write", "clear"]],
    ["number", ["over-write", "clear", "+=", "-=", "*=", "/="]],
    ["array[string]", ["over-write", "clear", "append", "extend", "remove-first", "remove-last"]],
  ])("of %s offer %j", (type, operations) => {
    expect(operationsFor(type)).toEqual(operations);
  });

  it("ask for a value of the type that the operation takes", () => {
    expect([valueTypeFor("clear", "string"), valueTypeFor("append", "array[number]"), valueTypeFor("+=", "number"), valueTypeFor("over-write", "object")]).toEqual([null, "number", "number", "object"]);
  });

  it("offer only variables that can be written", async () => {
    const user = userEvent.setup();
    const editor = open(kind("set", { items: { type: "array", "x-widget": "assignments" } }), { items: [{ target: [], operation: "append", source: "variable", value: [] }] });
    await user.click(screen.getByRole("button", { name: /^Variable:/ }));
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["seenarray[string]", "countnumber"]);
    await user.click(screen.getByRole("option", { name: /count/ }));

    expect(configOf(editor, "n").items).toEqual([{ target: ["conversation", "count"], operation: "over-write", source: "variable", value: [] }]);
  });
});

describe("rows made from the schema", () => {
  const row: Schema = { type: "object", properties: { name: { type: "string" }, required: { type: "boolean", default: false } } };
  const made = kind("ask", { fields: { type: "array", items: row, "x-widget": "form-fields" } }, { outputs_from: "fields" });

  it("open into their fields, and a new one begins as the schema says", async () => {
    const user = userEvent.setup();
    const editor = open(made, { fields: [] });
    await user.click(screen.getByRole("button", { name: /^Add: / }));
    await user.click(screen.getByRole("switch"));

    expect(configOf(editor, "n").fields).toEqual([{ name: "value", required: true }]);
  });
});

describe("fields of a container", () => {
  it("that each round gives offer what is inside, the list what is outside", async () => {
    const user = userEvent.setup();
    show(<Settings id="each" />, createEditor({ document: eachDoc(), kinds: KINDS, now: () => 0 }));
    await user.click(screen.getByRole("button", { name: /^What each round gives:/ }));
    expect(screen.getAllByRole("option").map((option) => option.textContent).slice(0, 3)).toEqual(["itemfile", "indexnumber", "resultstring"]);
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: /^List:/ }));
    expect(screen.getAllByRole("option")[0]?.textContent).toBe("filesarray[file]");
  });
});

describe("a schedule", () => {
  it("is clicked together, and the expression follows", async () => {
    const user = userEvent.setup();
    const editor = open(kind("clock", { cron: { type: "string", "x-widget": "cron" } }), { cron: "0 9 * * 1,2", timezone: "UTC" });
    await user.click(screen.getByRole("button", { name: "Wed" }));
    expect(configOf(editor, "n").cron).toBe("0 9 * * 1,2,3");
    expect(screen.getAllByRole("listitem").filter((item) => item.querySelector("time"))).toHaveLength(5);
  });
});
