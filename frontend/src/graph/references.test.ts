import { describe, expect, it } from "vitest";
import { referencesOf, rewriteNode, rewriteReferences } from "./references";
import { KINDS, node, ragDoc } from "./testing/factories";

describe("referencesOf", () => {
  it("finds selectors and references in texts, with the field each sits in", () => {
    const llm = ragDoc().nodes[2]!;

    expect(referencesOf(llm, KINDS)).toEqual([
      { selector: ["context"], field: "prompt.0.text" },
      { selector: ["start", "city"], field: "prompt.0.text" },
      { selector: ["retrieve", "result"], field: "context" },
    ]);
  });

  it("looks into cases, inputs and lists of selectors", () => {
    const check = node("check", "if-else", {
      cases: [{ id: "true", conditions: [{ selector: ["llm", "text"], operator: "is", value: "{{#start.city#}}" }] }],
    });
    const join = node("join", "variable-aggregator", { selectors: [["a", "x"], ["b", "y"]] });

    expect(referencesOf(check, KINDS)).toEqual([
      { selector: ["llm", "text"], field: "cases.0.conditions.0.selector" },
      { selector: ["start", "city"], field: "cases.0.conditions.0.value" },
    ]);
    expect(referencesOf(join, KINDS).map((r) => r.field)).toEqual(["selectors.0", "selectors.1"]);
  });

  it("does not read programs or Jinja2 as templates", () => {
    const code = node("code", "code", { code: "x = '{{#llm.text#}}'", inputs: [{ name: "a", selector: ["llm", "text"] }] });
    const llm = node("llm", "llm", { prompt: [{ role: "user", text: "{{#llm.text#}}", syntax: "jinja2" }] });

    expect(referencesOf(code, KINDS)).toEqual([{ selector: ["llm", "text"], field: "inputs.0.selector" }]);
    expect(referencesOf(llm, KINDS)).toEqual([]);
  });
});

describe("rewriting", () => {
  it("changes every place and nothing else", () => {
    const doc = ragDoc();
    const next = rewriteReferences(doc, KINDS, (s) => (s[0] === "start" ? ["start", "town"] : s));

    expect(next.nodes[2]?.config.prompt).toEqual([
      { role: "user", text: "{{#context#}} in {{#start.town#}}", syntax: "basic" },
    ]);
    expect([next.nodes[0], next.nodes[1], next.nodes[3]]).toEqual([doc.nodes[0], doc.nodes[1], doc.nodes[3]]);
    expect(next.nodes[1]).toBe(doc.nodes[1]);
  });

  it("returns the same objects when nothing refers", () => {
    const doc = ragDoc();

    expect(rewriteReferences(doc, KINDS, (s) => s)).toBe(doc);
    expect(rewriteNode(doc.nodes[2]!, KINDS, (s) => s)).toBe(doc.nodes[2]);
  });
});
