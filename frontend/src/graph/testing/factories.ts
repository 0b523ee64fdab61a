/** Small documents and kinds for tests, written as one would say them. */
import { emptyDefinition, SOURCE, type Definition, type Edge, type GraphNode, type JsonObject, type Mode } from "../document";
import { kindMap, type NodeKind, type Schema } from "../kinds";

const selector: Schema = { type: "array", items: { type: "string" }, "x-widget": "selector" };
const template: Schema = { type: "string", "x-widget": "template" };
const inputs: Schema = {
  type: "array",
  items: { type: "object", properties: { name: { type: "string" }, selector } },
  "x-widget": "inputs",
};

function kind(over: Partial<NodeKind> & Pick<NodeKind, "kind" | "family">, properties: Record<string, Schema>): NodeKind {
  return {
    effect: "pure",
    schema: { type: "object", properties },
    defaults: {},
    outputs: [],
    outputs_from: null,
    handles: "source",
    accepts_input: true,
    modes: ["chat", "workflow"],
    streams: [],
    ...over,
  };
}

const prompt: Schema = {
  type: "array",
  items: { type: "object", properties: { role: { type: "string" }, text: template, syntax: { type: "string" } } },
  "x-widget": "prompt",
};

const cases: Schema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" },
      conditions: { type: "array", items: { type: "object", properties: { selector, value: template } } },
    },
  },
  "x-widget": "conditions",
};

export const KINDS = kindMap([
  kind(
    { kind: "start", family: "io", accepts_input: false, outputs_from: "variables", defaults: { variables: [] } },
    { variables: { type: "array", "x-widget": "variables" } },
  ),
  kind({ kind: "answer", family: "io", modes: ["chat"], outputs: [{ name: "answer", type: "string" }] }, { answer: template }),
  kind({ kind: "end", family: "io", modes: ["workflow"], handles: "none" }, { outputs: inputs }),
  kind(
    {
      kind: "llm",
      family: "model",
      outputs: [
        { name: "text", type: "string" },
        { name: "usage", type: "object" },
      ],
      defaults: { prompt: [{ role: "user", text: "", syntax: "basic" }], context: null },
    },
    { prompt, context: { anyOf: [selector, { type: "null" }] } },
  ),
  kind(
    { kind: "knowledge-retrieval", family: "knowledge", outputs: [{ name: "result", type: "array[object]" }] },
    { query: selector, top_k: { type: "integer", minimum: 1, maximum: 100 } },
  ),
  kind(
    { kind: "if-else", family: "logic", handles: "cases", outputs: [{ name: "result", type: "boolean" }] },
    { cases },
  ),
  kind(
    { kind: "code", family: "code", outputs_from: "outputs" },
    { code: { type: "string", "x-widget": "code" }, inputs, outputs: { type: "object", "x-widget": "outputs" } },
  ),
  kind(
    { kind: "variable-aggregator", family: "logic", outputs: [{ name: "output", type: "any" }] },
    { selectors: { type: "array", items: { type: "array", items: { type: "string" } }, "x-widget": "selectors" } },
  ),
  kind(
    { kind: "iteration", family: "logic", container: true, outputs: [{ name: "output", type: "array" }], defaults: { items: [], output: [] } },
    { items: selector, output: selector },
  ),
  kind({ kind: "loop", family: "logic", container: true, outputs_from: "variables" }, { variables: { type: "array", "x-widget": "loop-variables" } }),
  kind({ kind: "loop-end", family: "logic", handles: "none" }, {}),
  kind({ kind: "question-classifier", family: "model", handles: "classes", outputs: [{ name: "class_name", type: "string" }] }, { query: selector }),
  kind({ kind: "human-input", family: "human", handles: "actions" }, { form: template }),
  kind({ kind: "trigger-schedule", family: "io", root: true, accepts_input: false, modes: ["workflow"], outputs: [{ name: "timestamp", type: "number" }] }, {}),
  kind({ kind: "note", family: "io", accepts_input: false, handles: "none", note: true }, { text: { type: "string" } }),
]);

export function node(id: string, kind: string, config: JsonObject = {}, over: Partial<GraphNode> = {}): GraphNode {
  return { id, kind, title: id, parent: null, config, ...over };
}

/** `edge("a > b")`, or `edge("a:true > b")` from a certain handle. */
export function edge(text: string): Edge {
  const [from = "", target = ""] = text.split(" > ");
  const [source = "", handle = SOURCE] = from.split(":");
  return { id: text, source, handle, target };
}

export function makeDoc(nodes: GraphNode[], edges: string[] = [], mode: Mode = "chat"): Definition {
  const layout = Object.fromEntries(nodes.map((item, i) => [item.id, { x: i * 280, y: 0 }]));
  return { ...emptyDefinition("Test", mode), nodes, edges: edges.map(edge), layout };
}

/** Start, then for each item a model and a program, then an answer made of what they gave. */
export function eachDoc(): Definition {
  const inside = { parent: "each" };
  const doc = makeDoc(
    [
      node("start", "start", { variables: [{ name: "files", type: "file-list" }] }),
      node("each", "iteration", { items: ["start", "files"], output: ["code", "result"] }),
      node("llm", "llm", { prompt: [{ role: "user", text: "{{#each.item#}}", syntax: "basic" }] }, inside),
      node("code", "code", { inputs: [{ name: "text", selector: ["llm", "text"] }], outputs: { result: { type: "string" } } }, inside),
      node("answer", "answer", { answer: "{{#each.output#}}" }),
    ],
    ["start > each", "each:body > llm", "llm > code", "each > answer"],
  );
  const layout = { start: { x: 0, y: 0 }, each: { x: 280, y: 0, width: 620, height: 220 }, llm: { x: 84, y: 64 }, code: { x: 364, y: 64 }, answer: { x: 964, y: 0 } };
  return { ...doc, layout };
}

/** Start, retrieval, model, answer in a row, each using what comes before it. */
export function ragDoc(): Definition {
  return makeDoc(
    [
      node("start", "start", { variables: [{ name: "city", type: "text" }] }),
      node("retrieve", "knowledge-retrieval", { query: ["sys", "query"], top_k: 4 }),
      node("llm", "llm", {
        prompt: [{ role: "user", text: "{{#context#}} in {{#start.city#}}", syntax: "basic" }],
        context: ["retrieve", "result"],
      }),
      node("answer", "answer", { answer: "Here: {{#llm.text#}}" }),
    ],
    ["start > retrieve", "retrieve > llm", "llm > answer"],
  );
}
