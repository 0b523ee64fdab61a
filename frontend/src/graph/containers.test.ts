import { describe, expect, it } from "vitest";
import { clearSpot, cut, paste } from "./clipboard";
import { addNode, configure, deleteNodes, duplicate, mayAdd, reparent, resizeFrame, tidyUp, type Setting } from "./commands";
import { absoluteOf, containerAt, withContents } from "./containers";
import { nodeById, type Definition } from "./document";
import { refusalOf } from "./edit";
import { handlesOf } from "./kinds";
import { outputsOf } from "./outputs";
import { referencesOf } from "./references";
import { scopeOf } from "./scope";
import { eachDoc, edge, KINDS, makeDoc, node } from "./testing/factories";
import { validate } from "./validate";
import { walk } from "./walk";

const setting: Setting = { kinds: KINDS, sizeOf: () => ({ width: 216, height: 88 }) };
const ends = (doc: Definition) => doc.edges.map((e) => `${e.source}:${e.handle} > ${e.target}`);
const parents = (doc: Definition) => Object.fromEntries(doc.nodes.filter((n) => n.parent !== null).map((n) => [n.id, n.parent]));
const codes = (doc: Definition) => validate(doc, KINDS).map((f) => [f.code, f.node_id]);

describe("a container", () => {
  it("has a way in besides its way out", () => {
    expect(handlesOf(node("each", "iteration"), KINDS.get("iteration"))).toEqual(["source", "body"]);
  });

  it("is sound when edges stay within its border", () => {
    expect(validate(eachDoc(), KINDS)).toEqual([]);
  });

  it("refuses edges across its border, and takes its own into itself", () => {
    const doc = { ...eachDoc(), edges: eachDoc().edges.filter((e) => e.handle !== "body") };

    expect(refusalOf(doc, KINDS, { source: "start", handle: "source", target: "llm" })).toBe("level");
    expect(refusalOf(doc, KINDS, { source: "code", handle: "source", target: "answer" })).toBe("level");
    expect(refusalOf(doc, KINDS, { source: "each", handle: "body", target: "answer" })).toBe("level");
    expect(refusalOf(doc, KINDS, { source: "each", handle: "body", target: "code" })).toBeNull();
    expect(codes({ ...eachDoc(), edges: [...eachDoc().edges, edge("start > llm")] })).toEqual([["edge_crosses_container", "start"]]);
  });

  it("must begin somewhere, and only a loop can be left", () => {
    const doc = { ...eachDoc(), edges: eachDoc().edges.filter((e) => e.handle !== "body") };
    const stray = { ...eachDoc(), nodes: [...eachDoc().nodes, node("out", "loop-end", {}, { parent: "each" })] };

    expect(codes(doc)).toEqual([["body_entry_missing", "each"], ["node_unreachable", "llm"], ["node_unreachable", "code"]]);
    expect(codes({ ...stray, edges: [...stray.edges, edge("code > out")] })).toEqual([["loop_end_outside", "out"]]);
  });

  it("holds no end of the workflow, and a way out of a loop only in a loop", () => {
    expect([mayAdd(eachDoc(), KINDS, "end", "each"), mayAdd(eachDoc(), KINDS, "llm", "each"), mayAdd(eachDoc(), KINDS, "loop-end", "each")]).toEqual([false, true, false]);
  });
});

describe("values", () => {
  const offered = (id: string, field?: string) => scopeOf(eachDoc(), KINDS, id, field).filter((g) => g.kind !== null).map((g) => `${g.id}: ${g.variables.map((v) => `${v.name} ${v.type}`).join(", ")}`);

  it("inside are the item, what comes before inside, and what comes before the container", () => {
    expect(offered("code")).toEqual(["llm: text string, usage object", "each: item file, index number", "start: files array[file]"]);
  });

  it("outside are only what the container gives", () => {
    expect(offered("answer")).toEqual(["each: output array[string]", "start: files array[file]"]);
    const doc = { ...eachDoc(), nodes: eachDoc().nodes.map((n) => (n.id === "answer" ? { ...n, config: { answer: "{{#each.item#}} {{#code.result#}}" } } : n)) };
    expect(codes(doc)).toEqual([["reference_unknown_output", "answer"], ["reference_not_upstream", "answer"]]);
  });

  it("of a container's own fields come from outside, but what a round gives comes from inside", () => {
    expect(offered("each", "items")).toEqual(["start: files array[file]"]);
    expect(offered("each", "output")).toEqual(["each: item file, index number", "code: result string", "llm: text string, usage object", "start: files array[file]"]);
  });

  it("of a batch are lists outside and one item inside", () => {
    const batch = { items: ["start", "files"], parallel: 2, on_error: "stop" as const };
    const doc = { ...eachDoc(), nodes: eachDoc().nodes.map((n) => (n.id === "answer" ? { ...n, policy: { batch } } : n)) };
    const answer = nodeById(doc, "answer")!;

    expect(outputsOf(answer, KINDS.get("answer"))).toEqual([{ name: "items", type: "array[object]" }, { name: "answer", type: "array[string]" }]);
    expect(scopeOf(doc, KINDS, "answer")[0]).toMatchObject({ id: "answer", variables: [{ name: "item", type: "file" }, { name: "index" }] });
    expect(referencesOf(answer, KINDS)[0]).toEqual({ selector: ["start", "files"], field: "policy.batch.items" });
  });
});

describe("commands", () => {
  it("put a node in where it was dropped, begin the rounds with the first, and make room", () => {
    const empty = makeDoc([node("start", "start"), node("each", "iteration")], ["start > each"]);
    const doc = { ...empty, layout: { start: { x: 0, y: 0 }, each: { x: 300, y: 100, width: 320, height: 160 } } };
    const one = addNode.apply(doc, { kind: "llm", title: "LLM", at: { x: 400, y: 180 }, parent: "each" }, setting);
    const two = addNode.apply(one, { kind: "code", title: "Code", at: { x: 700, y: 180 }, from: { node: "llm", handle: "source" } }, setting);

    expect(parents(two)).toEqual({ llm: "each", code: "each" });
    expect(ends(two)).toEqual(["start:source > each", "each:body > llm", "llm:source > code"]);
    expect(two.layout).toMatchObject({ llm: { x: 100, y: 80 }, code: { x: 400, y: 80 }, each: { x: 300, y: 100, width: 644, height: 196 } });
  });

  it("take a node out where it lies, without the edges that would cross", () => {
    const doc = reparent.apply(eachDoc(), { ids: ["code"], parent: null }, setting);

    expect(parents(doc)).toEqual({ llm: "each" });
    expect(ends(doc)).toEqual(["start:source > each", "each:body > llm", "each:source > answer"]);
    expect(doc.layout.code?.y).toBeGreaterThan(220);
    expect(reparent.apply(eachDoc(), { ids: ["code"], parent: null, places: { code: { x: 5, y: 500 } } }, setting).layout.code).toEqual({ x: 5, y: 500 });
  });

  it("line up beside what lies in a container when no place is given", () => {
    const doc = { ...eachDoc(), nodes: [...eachDoc().nodes, node("more", "llm")], layout: { ...eachDoc().layout, more: { x: 0, y: 900 } } };

    expect(reparent.apply(doc, { ids: ["more"], parent: "each" }, setting).layout.more).toEqual({ x: 644, y: 64 });
  });

  it("take a container into another with all that lies in it, but never into itself", () => {
    const doc = { ...eachDoc(), nodes: [...eachDoc().nodes, node("outer", "loop")], layout: { ...eachDoc().layout, outer: { x: 200, y: -100, width: 400, height: 300 } } };
    const places = { each: { x: 280, y: 0 } };
    const nested = reparent.apply(doc, { ids: ["each", "llm"], parent: "outer", places }, setting);

    expect(parents(nested)).toEqual({ each: "outer", llm: "each", code: "each" });
    expect(absoluteOf(nested, "llm")).toEqual(absoluteOf(doc, "llm"));
    expect(ends(nested)).toEqual(["each:body > llm", "llm:source > code", "outer:body > each"]);
    expect(reparent.enabled(nested, { ids: ["outer"], parent: "each", places }, setting)).toBe(false);
    expect(reparent.enabled(nested, { ids: ["start"], parent: "outer" }, setting)).toBe(false);
  });

  it("delete what lies inside as well", () => {
    const doc = deleteNodes.apply(eachDoc(), { ids: ["each"] }, setting);

    expect(doc.nodes.map((n) => n.id)).toEqual(["start", "answer"]);
    expect([doc.edges, Object.keys(doc.layout)]).toEqual([[], ["start", "answer"]]);
  });

  it("copy a container with its contents, edges and references", () => {
    const doc = duplicate.apply(eachDoc(), { ids: ["each", "llm"] }, setting);

    expect(parents(doc)).toEqual({ llm: "each", code: "each", llm_2: "each_2", code_2: "each_2" });
    expect(ends(doc).slice(4)).toEqual(["each_2:body > llm_2", "llm_2:source > code_2"]);
    expect(nodeById(doc, "each_2")?.config).toEqual({ items: ["start", "files"], output: ["code_2", "result"] });
    expect(nodeById(doc, "llm_2")?.config).toMatchObject({ prompt: [{ text: "{{#each_2.item#}}" }] });
    expect(doc.layout.each_2).toMatchObject({ x: 280, width: 620, height: 220 });
    expect(doc.layout.llm_2).toEqual({ x: 84, y: 64 });
  });

  it("copy a child beside it, in the same container", () => {
    const doc = duplicate.apply(eachDoc(), { ids: ["code"] }, setting);

    expect(parents(doc)).toMatchObject({ code_2: "each" });
    expect(doc.layout.code_2?.x).toBe(364);
    expect(doc.layout.code_2?.y).toBeGreaterThan(64 + 88);
    expect(doc.layout.each?.height).toBeGreaterThanOrEqual((doc.layout.code_2?.y ?? 0) + 88);
  });

  it("paste from the inside to the outside", () => {
    const fragment = cut(eachDoc(), new Set(["llm"]));
    const at = clearSpot(eachDoc(), fragment, { x: 0, y: 400 }, setting.sizeOf);

    expect(paste(eachDoc(), KINDS, fragment, at).doc.layout.llm_2).toEqual({ x: 0, y: 400 });
    expect(fragment.layout.llm).toEqual({ x: 364, y: 64 });
  });

  it("keep a frame as large as what lies in it", () => {
    const doc = resizeFrame.apply(eachDoc(), { id: "each", place: { x: 280, y: 0, width: 100, height: 100 } }, setting);

    expect(doc.layout.each).toEqual({ x: 280, y: 0, width: 608, height: 180 });
    const wider = resizeFrame.apply(eachDoc(), { id: "each", place: { x: 180, y: 0, width: 720, height: 220 } }, setting);
    expect(absoluteOf(wider, "llm")).toEqual(absoluteOf(eachDoc(), "llm"));
  });

  it("tidy up inside and outside, and no frame covers its neighbours", () => {
    const doc = tidyUp.apply(eachDoc(), undefined, setting);
    const each = doc.layout.each!;

    expect(doc.layout.llm).toEqual({ x: 84, y: 64 });
    expect(doc.layout.code).toEqual({ x: 364, y: 64 });
    expect(each.width).toBe(608);
    expect(doc.layout.answer!.x).toBeGreaterThanOrEqual(each.x + 608 + 40);
  });

  it("drop the edges of a class that is no more", () => {
    const ask = node("ask", "question-classifier", { classes: [{ id: "a", name: "A" }, { id: "b", name: "B" }] });
    const doc = makeDoc([ask, node("x", "llm"), node("y", "llm")], ["ask:a > x", "ask:b > y"]);

    expect(ends(configure.apply(doc, { id: "ask", config: { classes: [{ id: "b", name: "B" }] } }, setting))).toEqual(["ask:b > y"]);
  });
});

describe("ways out", () => {
  it.each([
    ["human-input", { actions: [{ id: "yes" }, { id: "no" }], timeout: null }, ["yes", "no"]],
    ["human-input", { actions: [{ id: "yes" }], timeout: { amount: 1, unit: "day" } }, ["yes", "__timeout__"]],
    ["wait", { mode: "event", timeout_s: 60 }, ["source", "__timeout__"]],
    ["wait", { mode: "duration", timeout_s: 60 }, ["source"]],
    ["note", {}, []],
  ])("of %s %j", (kind, config, handles) => {
    expect(handlesOf(node("n", kind, config), KINDS.get(kind))).toEqual(handles);
  });
});

describe("moving about", () => {
  it("finds the innermost container under a point", () => {
    expect(containerAt(eachDoc(), KINDS, setting.sizeOf, { x: 400, y: 100 })).toBe("each");
    expect(containerAt(eachDoc(), KINDS, setting.sizeOf, { x: 400, y: 100 }, new Set(["each"]))).toBeNull();
    expect([...withContents(eachDoc(), ["each"])]).toEqual(["each", "llm", "code"]);
  });

  it("goes down into a container, and up out of it", () => {
    expect([walk(eachDoc(), "each", "down"), walk(eachDoc(), "each", "right"), walk(eachDoc(), "llm", "up"), walk(eachDoc(), "llm", "left")]).toEqual(["llm", "answer", "each", "each"]);
  });
});
