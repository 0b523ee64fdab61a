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
  it("is read from the log, whatever is missing there", () => {
    const form = readForm({ ...wait, fields: [{ name: "odd", type: "rainbow" }], actions: [{ id: "no", style: "loud" }] }, "Ask");

    expect(form).toMatchObject({ key: "each:0/llm/1", title: "Ask", status: "open", expires_at: "2027-01-15T08:00:00.000Z" });
    expect(form.fields).toEqual([{ name: "odd", type: "paragraph", label: null, required: false, default: undefined, options: [], max_length: null }]);
    expect(form.actions).toEqual([{ id: "no", title: null, style: null }]);
  });

  it("is answered where the run is shown, when what is needed is given", async () => {
    answered.mockResolvedValue({});
    const user = userEvent.setup();
    const editor = makeEditor(eachDoc());
    editor.show({ run: { id: "shown", since: 0, state: fold(log), events: log } });
    show(<Waits />, editor);
    await user.click(screen.getByRole("button", { name: "Publish" }));
    expect(answered).not.toHaveBeenCalled();
    expect(screen.getByLabelText("Comment")).toBeInvalid();

    await user.type(screen.getByLabelText("Comment"), "good");
    await user.click(screen.getByRole("button", { name: "Publish" }));
    expect(answered).toHaveBeenCalledWith("r1", "each:0/llm/1", { action: "yes", inputs: { comment: "good", when: "later" } });
  });
});
