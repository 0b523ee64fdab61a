import { describe, expect, it } from "vitest";
import type { Definition, Fault } from "../document";
import { edge, KINDS, makeDoc, node, ragDoc } from "../testing/factories";
import { faultsAt, mergeFaults, validate } from ".";

const codes = (doc: Definition) => validate(doc, KINDS).map((f) => [f.code, f.node_id, f.field]);
const patched = (id: string, config: Definition["nodes"][number]["config"]): Definition => {
  const doc = ragDoc();
  return { ...doc, nodes: doc.nodes.map((n) => (n.id === id ? { ...n, config } : n)) };
};

describe("validate", () => {
  it("finds nothing wrong with a sound graph", () => {
    expect(validate(ragDoc(), KINDS)).toEqual([]);
  });

  it("wants a start and a way to answer", () => {
    expect(codes(makeDoc([]))).toEqual([
      ["start_missing", null, null],
      ["answer_missing", null, null],
    ]);
    expect(codes(makeDoc([], [], "workflow"))[1]).toEqual(["end_missing", null, null]);
  });

  it("takes a foreign root's placeholder for a root", () => {
    const kinds = new Map([...KINDS, ["placeholder", { ...KINDS.get("llm")!, kind: "placeholder", schema: {} }]]);
    const found = (original: string) => validate(makeDoc([node("begin", "placeholder", { original }), node("end", "end", { outputs: [] })], ["begin > end"], "workflow"), kinds).map(({ code }) => code);

    expect(found("trigger-plugin")).toEqual([]);
    expect(found("teleporter")).toEqual(["start_missing"]);
  });

  it("marks every node on a circle", () => {
    const doc = ragDoc();
    const found = codes({ ...doc, edges: [...doc.edges, edge("llm > retrieve")] });

    expect(found).toEqual([
      ["graph_cycle", "retrieve", null],
      ["graph_cycle", "llm", null],
    ]);
  });

  it("warns of a node that nothing leads to", () => {
    const doc = ragDoc();
    const found = validate({ ...doc, nodes: [...doc.nodes, node("alone", "llm")] }, KINDS);

    expect(found.map((f) => [f.code, f.node_id, f.severity])).toEqual([["node_unreachable", "alone", "warning"]]);
  });

  it.each([
    ["reference_unknown_node", "{{#gone.text#}}"],
    ["reference_unknown_output", "{{#llm.words#}}"],
    ["reference_unknown_variable", "{{#sys.weather#}}"],
    ["reference_unknown_variable", "{{#env.KEY#}}"],
  ])("finds %s", (code, answer) => {
    expect(codes(patched("answer", { answer }))).toEqual([[code, "answer", "answer"]]);
  });

  it("accepts the words of a failure where it is handled, as the engine does", () => {
    const asking = (on_error: "fail" | "branch" | "default") => {
      const doc = patched("answer", { answer: "{{#llm.error_message#}} {{#llm.error_type#}}" });
      return codes({ ...doc, nodes: doc.nodes.map((n) => (n.id === "llm" ? { ...n, policy: { on_error } } : n)) });
    };

    expect([...asking("branch"), ...asking("default")]).toEqual([]);
    expect(asking("fail").map(([code]) => code)).toEqual(["reference_unknown_output", "reference_unknown_output"]);
  });

  it("finds a reference to what runs later, or beside", () => {
    expect(codes(patched("retrieve", { query: ["llm", "text"], top_k: 4 }))).toEqual([
      ["reference_not_upstream", "retrieve", "query"],
    ]);
  });

  it("finds edges and kinds that do not exist", () => {
    const doc = ragDoc();
    const found = codes({
      ...doc,
      nodes: [...doc.nodes, node("x", "teleport"), node("end", "end")],
      edges: [...doc.edges, edge("start > gone"), edge("start:maybe > llm"), edge("llm > x"), edge("llm > end")],
    });

    expect(found).toEqual([
      ["kind_unknown", "x", null],
      ["kind_not_in_mode", "end", null],
      ["edge_dangling", null, null],
      ["handle_unknown", "start", null],
    ]);
  });

  it("keeps values within the schema and needed fields filled", () => {
    const doc = patched("retrieve", { query: [], top_k: 0 });
    const found = validate(doc, KINDS, (n) =>
      n.kind === "knowledge-retrieval" ? [{ code: "reference_empty", field: "query" }] : [],
    );

    expect(found.map((f) => [f.code, f.field])).toEqual([
      ["reference_empty", "query"],
      ["config_out_of_range", "top_k"],
    ]);
    expect(faultsAt(found, "query")).toHaveLength(1);
  });
});

describe("mergeFaults", () => {
  const said = (code: string, node_id: string | null, field: string | null = null): Fault => ({
    code,
    message: code,
    node_id,
    field,
    severity: "error",
  });

  it("adds what only the server knows, and drops its old word on what is decided here", () => {
    const local = [said("config_required", "llm", "model")];
    const server = [
      said("graph_cycle", "llm"),
      said("model_missing", "llm", "model"),
      said("dataset_missing", "retrieve", "dataset_ids"),
      said("dataset_missing", "deleted"),
    ];

    const seen = ragDoc();
    expect(mergeFaults(seen, local, { faults: server, seen })).toEqual([local[0], server[2]]);
  });

  it("drops what the server said of a node, an edge or a graph that has changed since", () => {
    const seen = ragDoc();
    const faults = [said("config_required", "retrieve", "query"), said("handle_unconnected", "llm", "source"), said("document_invalid", null)];
    const typed = { ...seen, nodes: seen.nodes.map((n) => (n.id === "retrieve" ? { ...n, config: { ...n.config, top_k: 5 } } : n)) };
    const joined = { ...seen, edges: [...seen.edges] };

    expect(mergeFaults(seen, [], { faults, seen })).toEqual(faults);
    expect(mergeFaults(typed, [], { faults, seen })).toEqual(faults.slice(1));
    expect(mergeFaults(joined, [], { faults, seen })).toEqual(faults.slice(0, 1));
  });
});

describe("resources", () => {
  const has = { providers: new Map([["weft", new Set<string>()], ["acme", new Set(["big"])], ["any", new Set<string>()]]), datasets: new Set(["d1"]) };
  const asks = (provider: string, name: string, ...dataset_ids: string[]) =>
    makeDoc([node("start", "start"), node("llm", "llm", { model: { provider, name } }), node("find", "knowledge-retrieval", { dataset_ids }), node("answer", "answer")], ["start > llm", "llm > find", "find > answer"]);
  const found = (doc: Definition, resources = has) => validate(doc, KINDS, undefined, resources).map((f) => [f.code, f.node_id, f.severity, f.params]);

  it("must be there", () => {
    expect(found(asks("deepseek", "chat", "d1", "d2"))).toEqual([
      ["model_provider_unknown", "llm", "error", { provider: "deepseek", model: "chat" }],
      ["dataset_not_found", "find", "error", { dataset: "d2" }],
    ]);
    expect(found(asks("acme", "small"))).toEqual([["model_unlisted", "llm", "warning", { provider: "acme", model: "small" }]]);
  });

  it("are not missed where they are known, where any will do, or while they are not known", () => {
    expect([...found(asks("weft", "weft-quote", "d1")), ...found(asks("acme", "big")), ...found(asks("any", "x"))]).toEqual([]);
    expect(validate(asks("deepseek", "chat", "d2"), KINDS)).toEqual([]);
  });

  it("silence the server's older word as soon as they are known", () => {
    const seen = asks("deepseek", "chat");
    const faults = validate(seen, KINDS, undefined, has);

    expect(mergeFaults(seen, [], { faults, seen }, { ...has, providers: new Map() })).toEqual([]);
    expect(mergeFaults(seen, [], { faults, seen })).toEqual(faults);
  });
});
