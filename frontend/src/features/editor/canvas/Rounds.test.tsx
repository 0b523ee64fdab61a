import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { fold, type RunEvent } from "@/graph";
import { eachDoc } from "@/graph/testing/factories";
import { nodeRunSelector } from "../store/selectors";
import { makeEditor, show } from "../testing/harness";
import { Rounds } from "./Rounds";

const at = "2026-01-01T00:00:00.000Z";
const started = (seq: number, node_id: string, frame = ""): RunEvent => ({ type: "node_started", seq, at, node_id, frame, kind: "x", attempt: 1 });
const log: RunEvent[] = [
  started(1, "each"),
  { type: "container_started", seq: 2, at, node_id: "each", inputs: {}, length: 4 },
  { type: "frame_started", seq: 3, at, node_id: "each", index: 0 },
  started(4, "llm", "each:0"),
  { type: "node_finished", seq: 5, at, node_id: "llm", frame: "each:0", inputs: {}, outputs: {}, handle: null, elapsed_ms: 1, usage: null, facts: {} },
  { type: "frame_finished", seq: 6, at, node_id: "each", index: 0, output: null, error: null, elapsed_ms: 1 },
  { type: "frame_started", seq: 7, at, node_id: "each", index: 1 },
  started(8, "llm", "each:1"),
];

describe("Rounds", () => {
  it("tell how far a container is, and let one look into another round", async () => {
    const user = userEvent.setup();
    const editor = makeEditor(eachDoc());
    editor.show({ run: { id: "r", since: 0, state: fold(log), events: log } });
    show(<Rounds id="each" />, editor);
    const inside = () => nodeRunSelector("llm")(editor.store.get())?.status;

    expect([screen.getByText("1 of 4"), screen.getByText("round 2")]).toHaveLength(2);
    expect(inside()).toBe("running");
    await user.click(screen.getByRole("button", { name: "Round before" }));
    expect([screen.getByText("round 1").textContent, inside()]).toEqual(["round 1", "finished"]);
  });
});
