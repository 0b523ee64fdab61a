import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { nodeById } from "@/graph";
import { makeDoc, node } from "@/graph/testing/factories";
import { SettingsTab } from "../../panel/SettingsTab";
import { useEditorState } from "../../store/context";
import { selectDoc } from "../../store/selectors";
import { makeEditor, show } from "../../testing/harness";

/** Whole forms with CodeMirror in jsdom take their time on a busy machine. */
vi.setConfig({ testTimeout: 30_000 });

const LONG = "You answer questions about tea and you never guess. ".repeat(8).trim();
const DATE = "Today is {{#start.city#}}.";
const docOf = (text: string) => makeDoc([node("start", "start", { variables: [{ name: "city", type: "text" }] }), node("llm", "llm", { prompt: [{ role: "system", text, syntax: "basic" }] })], ["start > llm"]);

function Settings() {
  const found = nodeById(useEditorState(selectDoc), "llm");
  return found ? <SettingsTab node={found} /> : null;
}

it("tells what keeps a prompt from being reused, and puts it in order in one step", async () => {
  const editor = show(<Settings />, makeEditor(docOf(`${DATE}\n\n${LONG}`)));
  const before = editor.store.get().history.doc;
  expect(screen.getByRole("note")).toHaveTextContent("“start.city” differs from run to run and stands before fixed text.With the fixed text first, about 107 of 107 tokens would be reused; now about 3.");
  expect(screen.getByText("3 of 107 tokens reused")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Move it behind the fixed text" }));

  expect(nodeById(editor.store.get().history.doc, "llm")?.config.prompt).toEqual([{ role: "system", text: `${LONG}\n\n${DATE}`, syntax: "basic" }]);
  expect(screen.queryByRole("note")).toBeNull();
  expect(screen.getByText("107 tokens, reused")).toBeInTheDocument();
  editor.undo();
  expect(editor.store.get().history.doc).toBe(before);
});

it("says nothing of a short prompt", () => {
  show(<Settings />, makeEditor(docOf(`${DATE}\n\nBe brief.`)));

  expect(screen.queryByRole("note")).toBeNull();
  expect(screen.queryByText("Reused from run to run")).toBeNull();
});
