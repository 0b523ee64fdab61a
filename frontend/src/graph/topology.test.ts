import { describe, expect, it } from "vitest";
import { makeDoc, node, ragDoc } from "./testing/factories";
import { cyclic, topological, upstreamOf, wouldCycle } from "./topology";

const n = (id: string) => node(id, "llm");

describe("topology", () => {
  it("knows what has run before a node", () => {
    expect([...upstreamOf(ragDoc(), "llm")].sort()).toEqual(["retrieve", "start"]);
    expect([...upstreamOf(ragDoc(), "start")]).toEqual([]);
  });

  it("sees a circle before it is drawn", () => {
    const doc = ragDoc();

    expect(wouldCycle(doc, "answer", "retrieve")).toBe(true);
    expect(wouldCycle(doc, "llm", "llm")).toBe(true);
    expect(wouldCycle(doc, "start", "answer")).toBe(false);
  });

  it("names the nodes on a circle and not those before or after it", () => {
    const doc = makeDoc([n("a"), n("b"), n("c"), n("d"), n("e")], ["a > b", "b > c", "c > b", "c > d", "d > e"]);

    expect([...cyclic(doc)]).toEqual(["b", "c"]);
  });

  it("orders nodes by what they wait for, and does not hang on circles", () => {
    const doc = makeDoc([n("c"), n("a"), n("b"), n("x"), n("y")], ["a > b", "b > c", "x > y", "y > x"]);

    expect(topological(doc)).toEqual(["a", "b", "c", "x", "y"]);
  });
});
