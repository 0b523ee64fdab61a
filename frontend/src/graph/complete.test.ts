import { describe, expect, it } from "vitest";
import { completed } from "./complete";
import type { Definition } from "./document";
import { eachDoc } from "./testing/factories";

describe("completed", () => {
  it("puts what is left out in its place", () => {
    const sparse = { weft: 1, app: { name: "A", mode: "chat" }, nodes: [{ id: "start", kind: "start" }], edges: [{ id: "e", source: "start", target: "start" }] } as unknown as Definition;

    expect(completed(sparse)).toEqual({
      weft: 1,
      app: { name: "A", mode: "chat", description: "", icon: "" },
      nodes: [{ id: "start", kind: "start", title: "", parent: null, config: {} }],
      edges: [{ id: "e", source: "start", handle: "source", target: "start" }],
      variables: { environment: [], conversation: [] },
      features: {},
      layout: {},
    });
  });

  it("leaves a whole document as it is", () => {
    expect(completed(eachDoc())).toEqual(eachDoc());
  });
});
