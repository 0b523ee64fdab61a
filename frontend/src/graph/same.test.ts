import { describe, expect, it } from "vitest";
import { configure, tidyUp } from "./commands";
import { sameGraph } from "./same";
import { KINDS, ragDoc } from "./testing/factories";

const setting = { kinds: KINDS, sizeOf: () => ({ width: 216, height: 88 }) };

describe("sameGraph", () => {
  it("looks through copies, moved cards, another name and the order of keys", () => {
    const copy = structuredClone(ragDoc());
    copy.app.name = "Renamed";
    copy.nodes = copy.nodes.map((node) => Object.fromEntries(Object.entries(node).reverse()) as unknown as typeof node);

    expect(sameGraph(ragDoc(), tidyUp.apply(copy, undefined, setting))).toBe(true);
  });

  it("sees a changed setting and a missing edge", () => {
    expect(sameGraph(ragDoc(), configure.apply(ragDoc(), { id: "answer", config: { answer: "Other" } }, setting))).toBe(false);
    expect(sameGraph(ragDoc(), { ...ragDoc(), edges: ragDoc().edges.slice(1) })).toBe(false);
  });
});
