import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { NodeState } from "@/graph";
import { show } from "../testing/harness";
import { Steps } from "./Steps";

type Step = NodeState["steps"][number];
const step = (over: Partial<Step>): Step => ({ index: 0, name: "", kind: "model", input: null, output: null, error: null, elapsed_ms: 12, usage: null, ...over });

describe("Steps", () => {
  it("tell what an agent thought, did and saw, the last one open", () => {
    show(
      <Steps
        steps={[
          step({ kind: "model", output: { text: "I should look it up." } }),
          step({ index: 1, kind: "tool", name: "search_knowledge", input: { query: "tea" }, output: "Green tea is…" }),
          step({ index: 2, kind: "tool", name: "far_away", error: { code: "tool_missing", message: "There is no such tool." } }),
        ]}
      />,
    );

    const items = screen.getAllByRole("listitem");
    expect(items.map((item) => item.querySelector("summary")?.firstChild?.textContent)).toEqual(["Model", "Search knowledge", "far_away"]);
    expect(items.map((item) => item.querySelector("details")?.open)).toEqual([false, false, true]);
    expect(screen.getByText("There is no such tool.")).toBeInTheDocument();
  });
});
