import { describe, expect, it } from "vitest";
import { chatSamples, openaiSamples, workflowSamples } from "./endpoints";
import { sampleInputs } from "./inputs";

const FACTS = { base: "http://weft.test", key: "app-1", appId: "a1", question: "What's \"new\"?", inputs: { city: "Berlin", urgent: true } };
const curl = (samples: { id: string; code: string }[]) => samples.find((one) => one.id === "curl")?.code;

describe("samples", () => {
  it("quote what the shell would read", () => {
    expect(curl(chatSamples(FACTS))).toBe(`curl -N http://weft.test/v1/chat-messages \\
  -H "Authorization: Bearer app-1" \\
  -H "Content-Type: application/json" \\
  -d '{
    "query": "What'\\''s \\"new\\"?",
    "inputs": {
      "city": "Berlin",
      "urgent": true
    },
    "response_mode": "streaming",
    "user": "customer-42"
  }'`);
  });

  it("write Python's words for true and false", () => {
    expect(workflowSamples(FACTS).find((one) => one.id === "python")?.code).toContain('"urgent": True');
  });

  it("name the app as the model", () => {
    for (const sample of openaiSamples(FACTS)) expect(sample.code).toMatch(/"?model"?[:=] ?"a1"/);
  });
});

describe("sampleInputs", () => {
  it("gives every input of the start node a value of its type", () => {
    const variables = [
      { name: "text", type: "paragraph" }, { name: "size", type: "number" }, { name: "tone", type: "select", options: ["plain", "warm"] },
      { name: "lang", type: "text", default: "en" }, { name: "scan", type: "file" },
    ];

    expect(sampleInputs({ nodes: [{ kind: "llm" }, { kind: "start", config: { variables } }] })).toEqual({ text: "…", size: 1, tone: "plain", lang: "en" });
  });

  it("has nothing to say of an unknown document", () => {
    expect([sampleInputs(undefined), sampleInputs({}), sampleInputs({ nodes: [] })]).toEqual([{}, {}, {}]);
  });
});
