import { describe, expect, it } from "vitest";
import { cut, parseFragment } from "../clipboard";
import { FAIL_BRANCH, type Definition } from "../document";
import { edge, KINDS, makeDoc, node, ragDoc } from "../testing/factories";
import {
  addNode,
  changePolicy,
  configure,
  connectNodes,
  deleteSelection,
  duplicate,
  newNodeIds,
  pasteNodes,
  reconnect,
  renameOutput,
  tidyUp,
  type Setting,
} from ".";

const setting: Setting = { kinds: KINDS, sizeOf: () => ({ width: 216, height: 88 }) };
const at = { x: 10, y: 20 };
const ends = (doc: { edges: { source: string; handle: string; target: string }[] }) =>
  doc.edges.map((e) => `${e.source}:${e.handle} > ${e.target}`);

describe("addNode", () => {
  it("gives a readable id, a free title and the kind's own defaults", () => {
    const doc = addNode.apply(ragDoc(), { kind: "llm", title: "llm", at }, setting);

    expect(doc.nodes.at(-1)).toEqual({
      id: "llm_2",
      kind: "llm",
      title: "llm 2",
      parent: null,
      config: { prompt: [{ role: "user", text: "", syntax: "basic" }], context: null },
    });
    expect(doc.layout.llm_2).toEqual(at);
  });

  it.each([
    ["its first text", [{ name: "n", type: "number" }, { name: "topic", type: "paragraph" }], ["start", "topic"]],
    ["nothing, where it is given no text", [{ name: "n", type: "number" }], []],
  ])("in a workflow asks for %s", (_, variables, query) => {
    const retrieval = KINDS.get("knowledge-retrieval")!;
    const kinds = new Map(KINDS).set("knowledge-retrieval", { ...retrieval, defaults: { query: ["sys", "query"], top_k: 4 } });
    const add = (doc: Definition) => addNode.apply(doc, { kind: "knowledge-retrieval", title: "K", at }, { ...setting, kinds }).nodes.at(-1)?.config;

    expect(add(makeDoc([node("start", "start", { variables })], [], "workflow"))).toEqual({ query, top_k: 4 });
    expect(add(makeDoc([node("start", "start", { variables })]))).toEqual({ query: ["sys", "query"], top_k: 4 });
  });

  it("in a workflow asks for it in templates too", () => {
    const agent = { ...KINDS.get("knowledge-retrieval")!, kind: "agent", defaults: { query: "{{#sys.query#}}", prompt: [{ text: "Q: {{#sys.query#}}" }] } };
    const kinds = new Map(KINDS).set("agent", agent);
    const add = (doc: Definition) => addNode.apply(doc, { kind: "agent", title: "A", at }, { ...setting, kinds }).nodes.at(-1)?.config;

    const variables = [{ name: "topic", type: "paragraph" }];
    expect(add(makeDoc([node("start", "start", { variables })], [], "workflow"))).toEqual({ query: "{{#start.topic#}}", prompt: [{ text: "Q: {{#start.topic#}}" }] });
    expect(add(makeDoc([node("start", "start")], [], "workflow"))).toEqual({ query: "", prompt: [{ text: "Q: " }] });
    expect(add(makeDoc([node("start", "start")]))).toEqual(agent.defaults);
  });

  it("asks the model that the app asks most, else the one given", () => {
    const kinds = new Map(KINDS).set("llm", { ...KINDS.get("llm")!, defaults: { model: { provider: "", name: "", params: {} } } });
    const asks = (id: string, name: string) => node(id, "llm", { model: { provider: "openai", name, params: { temperature: 0 } } });
    const add = (doc: Definition) => addNode.apply(doc, { kind: "llm", title: "L", at, model: { provider: "p", name: "given" } }, { ...setting, kinds }).nodes.at(-1)?.config;

    expect(add(makeDoc([asks("a", "small"), asks("b", "large"), asks("c", "large")]))).toEqual({ model: { provider: "openai", name: "large", params: {} } });
    expect(add(makeDoc([node("start", "start")]))).toEqual({ model: { provider: "p", name: "given", params: {} } });
  });

  it("connects from where an edge was dropped", () => {
    const doc = addNode.apply(ragDoc(), { kind: "code", title: "Code", at, from: { node: "llm", handle: "source" } }, setting);

    expect(ends(doc).at(-1)).toBe("llm:source > code");
  });

  it("goes into the middle of an edge", () => {
    const doc = addNode.apply(ragDoc(), { kind: "code", title: "Code", at, onEdge: "retrieve > llm" }, setting);

    expect(ends(doc)).toEqual(["start:source > retrieve", "llm:source > answer", "retrieve:source > code", "code:source > llm"]);
  });

  it("refuses a second start and a kind of the other mode", () => {
    expect(addNode.enabled(ragDoc(), { kind: "start", title: "", at }, setting)).toBe(false);
    expect(addNode.enabled(ragDoc(), { kind: "end", title: "", at }, setting)).toBe(false);
    expect(addNode.enabled(ragDoc(), { kind: "llm", title: "", at }, setting)).toBe(true);
  });
});

describe("edges", () => {
  it.each([
    ["a circle", { source: "llm", handle: "source", target: "retrieve" }],
    ["itself", { source: "llm", handle: "source", target: "llm" }],
    ["the same again", { source: "start", handle: "source", target: "retrieve" }],
    ["into a start", { source: "llm", handle: "source", target: "start" }],
    ["a handle that is not there", { source: "start", handle: "true", target: "llm" }],
    ["a node that is not there", { source: "start", handle: "source", target: "gone" }],
  ])("refuses %s", (_, connection) => {
    expect(connectNodes.enabled(ragDoc(), connection, setting)).toBe(false);
  });

  it("moves an end, even where both ends together would be a circle", () => {
    const doc = makeDoc([node("start", "start"), node("a", "llm"), node("b", "llm")], ["start > a", "a > b"]);
    const args = { id: "a > b", connection: { source: "b", handle: "source", target: "a" } };

    expect(reconnect.enabled(doc, args, setting)).toBe(true);
    expect(ends(reconnect.apply(doc, args, setting))).toEqual(["start:source > a", "b:source > a"]);
  });

  it("go when the case or the policy they leave by goes", () => {
    const cases = { cases: [{ id: "true", conditions: [] }, { id: "c2", conditions: [] }] };
    const doc = makeDoc([node("start", "start"), node("if", "if-else", cases), node("a", "llm"), node("b", "llm")]);
    const wired = { ...doc, edges: [edge("if:true > a"), edge("if:c2 > b"), edge("if:false > b")] };

    const fewer = configure.apply(wired, { id: "if", config: { cases: cases.cases.slice(0, 1) } }, setting);

    expect(ends(fewer)).toEqual(["if:true > a", "if:false > b"]);
  });

  it("keep to a fail branch as long as there is one", () => {
    const branch = changePolicy.apply(ragDoc(), { id: "llm", policy: { on_error: "branch" } }, setting);
    const wired = connectNodes.apply(branch, { source: "llm", handle: FAIL_BRANCH, target: "answer" }, setting);

    expect(ends(changePolicy.apply(wired, { id: "llm", policy: { on_error: "fail" } }, setting))).toEqual(ends(ragDoc()));
  });
});

describe("deleteSelection", () => {
  it("takes nodes with their edges and places, and edges alone", () => {
    const doc = deleteSelection.apply(ragDoc(), { nodes: ["llm"], edges: ["start > retrieve"] }, setting);

    expect(doc.nodes.map((n) => n.id)).toEqual(["start", "retrieve", "answer"]);
    expect(doc.edges).toEqual([]);
    expect(Object.keys(doc.layout)).toEqual(["start", "retrieve", "answer"]);
  });
});

describe("copies", () => {
  it("keep inner edges and point inner references at themselves, outer ones where they were", () => {
    const before = ragDoc();
    const doc = duplicate.apply(before, { ids: ["llm", "answer"] }, setting);

    expect(newNodeIds(before, doc)).toEqual(["llm_2", "answer_2"]);
    expect(ends(doc).slice(3)).toEqual(["llm_2:source > answer_2"]);
    expect(doc.nodes.at(-1)?.config).toEqual({ answer: "Here: {{#llm_2.text#}}" });
    expect(doc.nodes.at(-2)?.config.context).toEqual(["retrieve", "result"]);
    expect([doc.layout.llm_2, doc.layout.answer_2]).toEqual([{ x: 560, y: 112 }, { x: 840, y: 112 }]);
  });

  it("leave out a second start", () => {
    const doc = duplicate.apply(ragDoc(), { ids: ["start", "retrieve"] }, setting);

    expect(doc.nodes.map((n) => n.id)).toEqual(["start", "retrieve", "llm", "answer", "retrieve_2"]);
    expect(doc.edges).toHaveLength(3);
  });

  it("go into another document through text", () => {
    const fragment = parseFragment(JSON.stringify(cut(ragDoc(), new Set(["llm", "answer"]))))!;
    const doc = pasteNodes.apply(makeDoc([node("start", "start")]), { fragment, at }, setting);

    expect(doc.nodes.map((n) => n.id)).toEqual(["start", "llm", "answer"]);
    expect(doc.layout).toEqual({ start: { x: 0, y: 0 }, llm: { x: 10, y: 20 }, answer: { x: 290, y: 20 } });
    expect(parseFragment("not json")).toBeNull();
    expect(parseFragment('{"weft":1}')).toBeNull();
  });
});

describe("renameOutput", () => {
  it("takes its users along", () => {
    const config = { variables: [{ name: "town", type: "text" }] };
    const doc = renameOutput.apply(ragDoc(), { id: "start", from: "city", to: "town", config }, setting);

    expect(doc.nodes[0]?.config).toEqual(config);
    expect(doc.nodes[2]?.config.prompt).toEqual([
      { role: "user", text: "{{#context#}} in {{#start.town#}}", syntax: "basic" },
    ]);
  });
});

describe("tidyUp", () => {
  it("lays a chain out on one line from left to right", () => {
    const doc = tidyUp.apply(ragDoc(), undefined, setting);
    const places = ragDoc().nodes.map(({ id }) => doc.layout[id]!);

    expect(places.map((p) => p.y)).toEqual([0, 0, 0, 0]);
    expect(places.map((p) => p.x)).toEqual([0, 280, 560, 840]);
  });

  it("keeps branches in the order of their handles", () => {
    const cases = { cases: [{ id: "true", conditions: [] }] };
    const doc = makeDoc([node("start", "start"), node("if", "if-else", cases), node("no", "llm"), node("yes", "llm")]);
    const wired = { ...doc, edges: [edge("start > if"), edge("if:false > no"), edge("if:true > yes")] };

    const { layout } = tidyUp.apply(wired, undefined, setting);

    expect(layout.yes!.y).toBeLessThan(layout.no!.y);
  });
});
