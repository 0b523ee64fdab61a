import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { NodeState } from "@/graph";
import { edge, makeDoc, node, ragDoc } from "@/graph/testing/factories";
import { useFaultText } from "../data/faultText";
import { makeEditor, show } from "../testing/harness";
import { CardFacts } from "./CardFacts";

const state = (over: Partial<NodeState>): NodeState => ({
  status: "finished", attempt: 1, inputs: {}, outputs: {}, error: null, handle: null, elapsed_ms: 5, usage: null, facts: {}, text: "", reasoning: "", intent: null, wait: null, steps: [], length: null, frames: 0, ...over,
});
const retrieve = ragDoc().nodes[1]!;

describe("CardFacts", () => {
  it("tells of tries when there were more than one", () => {
    show(<><CardFacts node={retrieve} run={state({ attempt: 3 })} /><CardFacts node={retrieve} run={state({})} /></>);

    expect(screen.getAllByText(/tr(y|ies)$/).map((line) => line.textContent)).toEqual(["3 tries"]);
  });
});

describe("a way out that leads nowhere", () => {
  function Said({ handle }: { handle: string }) {
    return <p>{useFaultText()({ code: "handle_unconnected", message: "", node_id: "if", field: handle, severity: "warning" })}</p>;
  }

  it("is called as on the card", () => {
    const doc = makeDoc([node("start", "start"), node("if", "if-else", { cases: [{ id: "true", conditions: [{ selector: ["start", "city"], operator: "is", value: "Rome" }] }] })]);
    show(<><Said handle="false" /><Said handle="true" /></>, makeEditor({ ...doc, edges: [edge("start > if")] }));

    expect(screen.getByText("Nothing follows “else”: a run that goes there ends without saying anything.")).toBeInTheDocument();
    expect(screen.getByText(/^Nothing follows “city .*Rome”/)).toBeInTheDocument();
  });
});
