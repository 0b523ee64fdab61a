import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { fold, type RunEvent } from "@/graph";
import { eachDoc } from "@/graph/testing/factories";
import { makeEditor, show } from "../../testing/harness";
import { readForm } from "./form";
import { Waits } from "./Waits";

const answered = vi.hoisted(() => vi.fn());
vi.mock("@/api", async (original) => ({ ...(await original<object>()), answerForm: answered }));

const at = "2026-01-01T00:00:00.000Z";
const wait = {
  type: "form",
  key: "each:0/llm/1",
  expires_at: 1_800_000_000,
  content: "Publish **this**?\n\n{{#$output.comment#}}\n\nThank you.",
  fields: [{ name: "comment", type: "text", label: "Comment", required: true, default: null }, { name: "when", type: "select", options: ["now", "later"], default: "later" }],
  actions: [{ id: "yes", title: "Publish", style: "primary" }, { id: "no", title: "", style: "ghost" }],
};
const log: RunEvent[] = [
  { type: "run_started", seq: 1, at, run_id: "r1", mode: "chat", inputs: {}, sys: {} },
  { type: "node_started", seq: 2, at, node_id: "llm", kind: "human-input", attempt: 1 },
  { type: "node_waiting", seq: 3, at, node_id: "llm", wait },
];

describe("a form that a run waits for", () => {
  it("has its fields where its text puts them, the others below", () => {
    const { parts, actions } = readForm(wait);

    expect(parts.map((part) => (part.type === "text" ? part.text.trim() : part.field.name))).toEqual(["Publish **this**?", "comment", "Thank you.", "when"]);
    expect(actions.map(({ title }) => title)).toEqual(["Publish", "no"]);
  });

  it("is answered where the run is shown, when what is needed is given", async () => {
    answered.mockResolvedValue({});
    const user = userEvent.setup();
    const editor = makeEditor(eachDoc());
    editor.show({ run: { id: "shown", since: 0, state: fold(log), events: log } });
    show(<Waits />, editor);
    await user.click(screen.getByRole("button", { name: "Publish" }));
    expect(answered).not.toHaveBeenCalled();
    expect(screen.getByText("This is needed.")).toBeInTheDocument();

    await user.type(screen.getByLabelText("Comment"), "good");
    await user.click(screen.getByRole("button", { name: "Publish" }));
    expect(answered).toHaveBeenCalledWith("r1", "each:0/llm/1", { action: "yes", inputs: { comment: "good", when: "later" } });
  });
});
