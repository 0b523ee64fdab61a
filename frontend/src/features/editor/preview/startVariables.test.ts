import { describe, expect, it } from "vitest";
import { KINDS, makeDoc, node } from "@/graph/testing/factories";
import { firstInputs, missingInputs, startVariables } from "./startVariables";

const doc = makeDoc([
  node("start", "start", {
    variables: [
      { name: "topic", label: "Topic", type: "text", required: true },
      { name: "tone", type: "select", options: ["plain", "formal"], default: "plain" },
      { name: "deep", type: "checkbox", required: true },
      { name: "secret", type: "text", hide: true },
    ],
  }),
]);
const variables = startVariables(doc, KINDS);

describe("the start form", () => {
  it("asks for what is declared and not hidden", () => {
    expect(variables.map(({ name, label, type }) => [name, label, type])).toEqual([
      ["topic", "Topic", "text"],
      ["tone", "tone", "select"],
      ["deep", "deep", "checkbox"],
    ]);
  });

  it("starts with what was given last time, where that still fits", () => {
    expect(firstInputs(variables, {})).toEqual({ tone: "plain", deep: false });
    expect(firstInputs(variables, { topic: "tea", tone: "rude", gone: 1 })).toEqual({ topic: "tea", tone: "plain", deep: false });
  });

  it("knows what is missing; no is an answer", () => {
    expect(missingInputs(variables, { deep: false })).toEqual(["topic"]);
    expect(missingInputs(variables, { topic: "tea", deep: false })).toEqual([]);
  });
});
