import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { type FactView } from "../meta";
import { start } from "./meta";

describe("the start node's card", () => {
  it("names a type that is none of ours as it is, never by a key of the texts", () => {
    const variables = [{ name: "q", type: "text" }, { name: "k", type: "text-input" }];
    const view = { node: { config: { variables } }, t: i18next.getFixedT("en", "nodes") } as unknown as FactView;

    expect(start.facts?.(view)).toEqual([{ type: "fields", fields: [{ name: "q", type: "Text" }, { name: "k", type: "text-input" }] }]);
  });
});
