import { describe, expect, it } from "vitest";
import { edge, makeDoc, node } from "./testing/factories";
import { walk } from "./walk";

const doc = {
  ...makeDoc([node("a", "llm"), node("b", "llm"), node("c", "llm"), node("d", "llm")]),
  edges: [edge("a > b"), edge("a > c")],
  layout: { a: { x: 0, y: 0 }, b: { x: 300, y: -100 }, c: { x: 300, y: 40 }, d: { x: 0, y: 200 } },
};

describe("walk", () => {
  it("follows edges to the right and back, the straightest first", () => {
    expect(walk(doc, "a", "right")).toBe("c");
    expect(walk(doc, "b", "left")).toBe("a");
  });

  it("goes by place up and down, and stays where nothing lies that way", () => {
    expect(walk(doc, "a", "down")).toBe("d");
    expect(walk(doc, "c", "up")).toBe("b");
    expect(walk(doc, "b", "up")).toBeNull();
    expect(walk(doc, "b", "right")).toBeNull();
  });
});
