import { describe, expect, it } from "vitest";
import { improvePrompt } from "../commands";
import { execute } from "../commands/command";
import type { JsonObject } from "../document";
import { startHistory, undo } from "../history";
import { fold } from "../run/state";
import { KINDS, makeDoc, node } from "../testing/factories";
import { estimateTokens, reviewPrompt, timesAsked } from ".";

const LONG = "You answer questions about tea and you never guess. ".repeat(8).trim();
const FIXED = estimateTokens(LONG);

const llm = (messages: [role: string, text: string, syntax?: string][], more: JsonObject = {}) =>
  node("llm", "llm", { prompt: messages.map(([role, text, syntax = "basic"]) => ({ role, text, syntax })), ...more });
const review = (it: ReturnType<typeof node>, ...others: ReturnType<typeof node>[]) => {
  const found = reviewPrompt(makeDoc([...others, it]), it);
  return found && { ...found, fields: Object.fromEntries(found.fields) };
};
const codes = (it: ReturnType<typeof node>, ...others: ReturnType<typeof node>[]) => review(it, ...others)?.hints.map(({ code, field, cause, fix }) => [code, field, cause, fix?.reused]);

describe("estimateTokens", () => {
  it.each([["", 0], ["abcde", 2], ["茶叶", 2], ["茶 tea", 2], ["😀", 1]])("%j is about %i", (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });
});

describe("reviewPrompt", () => {
  it("says nothing of a prompt in which what varies comes last", () => {
    expect(review(llm([["system", LONG], ["user", "Q: {{#sys.query#}}"]]))).toEqual({
      reused: FIXED + 1,
      fixed: FIXED + 1,
      reachable: FIXED + 1,
      fields: { "prompt.0.text": { fixed: FIXED, reused: FIXED }, "prompt.1.text": { fixed: 1, reused: 1 } },
      hints: [],
    });
  });

  it("names the value that stands before long fixed text, and offers to move it", () => {
    const date = "Today is {{#sys.timestamp#}}.";

    expect(review(llm([["system", `${date}\n\n${LONG}`], ["user", "{{#sys.query#}}"]]))).toEqual({
      reused: 3,
      fixed: FIXED + 3,
      reachable: FIXED,
      fields: { "prompt.0.text": { fixed: FIXED + 3, reused: 3 }, "prompt.1.text": { fixed: 0, reused: 0 } },
      hints: [{
        code: "variable_early",
        field: "prompt.0.text",
        cause: ["sys", "timestamp"],
        fix: { config: llm([["system", `${LONG}\n\n${date}`], ["user", "{{#sys.query#}}"]]).config, reused: FIXED + 3 },
      }],
    });
  });

  it("keeps quiet about a few tokens", () => {
    expect(codes(llm([["system", "Today is {{#sys.timestamp#}}.\n\nBe brief."]]))).toEqual([]);
  });

  it("offers nothing where a move might change the meaning", () => {
    expect(codes(llm([["system", `{{#context#}}\n\nUse only the passages above. ${LONG}`]], { context: ["kb", "result"] }))).toEqual([["context_early", "prompt.0.text", ["context"], undefined]]);
    expect(codes(llm([["system", `{{ name }}\n\n${LONG}`, "jinja2"]]))).toEqual([["variable_early", "prompt.0.text", "name", undefined]]);
    expect(codes(llm([["user", `{{#a.b#}} ${LONG}`]]))).toEqual([["variable_early", "prompt.0.text", ["a", "b"], undefined]]);
  });

  it("finds examples and instructions behind what varies", () => {
    const shots: [string, string][] = [["user", LONG], ["assistant", "Good."]];

    expect(codes(llm([["system", "For {{#start.name#}}."], ...shots, ["user", "{{#sys.query#}}"]]))).toEqual([
      ["variable_early", "prompt.0.text", ["start", "name"], undefined],
      ["examples_late", "prompt.1.text", ["start", "name"], undefined],
    ]);
    expect(codes(llm([["user", "{{#sys.query#}}"], ["system", LONG]]))?.[1]).toEqual(["instructions_late", "prompt.1.text", ["sys", "query"], undefined]);
    expect(codes(llm([["user", "{{#sys.query#}}"], ["system", `示例：${LONG}`]]))?.[1]?.[0]).toBe("examples_late");
  });

  it("knows where the conversation is put in", () => {
    expect(codes(llm([["system", "Be brief."], ["user", `{{#sys.query#}}\n\n${LONG}`]], { memory: { enabled: true } }))).toEqual([["history_early", "prompt.1.text", "histories", undefined]]);
    expect(codes(llm([["user", `{{#histories#}}\n\n${LONG}`]], { mode: "completion", memory: { enabled: true } }))).toEqual([["history_early", "prompt.0.text", ["histories"], FIXED + 1]]);
  });

  it("leaves out what Jinja may leave out", () => {
    expect(review(llm([["system", `Be brief.{% if x %}${LONG}{% endif %}`, "jinja2"]]))).toMatchObject({ reused: 3, fixed: 3, hints: [] });
  });

  it.each<[string, JsonObject, unknown]>([
    ["agent", { instruction: `For {{#start.name#}}.\n\n${LONG}`, query: "{{#sys.query#}}" }, [["variable_early", "instruction", ["start", "name"], FIXED + 2]]],
    ["agent", { instruction: LONG, query: "{{#sys.query#}}", memory: { enabled: true } }, []],
    ["agent", { instruction: "Help.", query: `{{#sys.query#}} ${LONG}`, context: ["kb", "result"] }, [["context_early", "query", ["kb", "result"], undefined]]],
    ["question-classifier", { classes: [{ id: "1", name: "About {{#start.name#}}" }, { id: "2", name: LONG }], instruction: "" }, [["variable_early", "classes.0.name", ["start", "name"], undefined], ["instructions_late", "classes.1.name", ["start", "name"], undefined]]],
    ["parameter-extractor", { instruction: "For {{#start.name#}}.", mode: "prompt", parameters: [{ name: "topic", description: LONG }] }, [["variable_early", "instruction", ["start", "name"], undefined], ["instructions_late", "parameters", ["start", "name"], undefined]]],
    ["parameter-extractor", { instruction: "For {{#start.name#}}.", mode: "tools", parameters: [{ name: "topic", description: LONG }] }, []],
  ])("reads %s %#", (kind, config, expected) => {
    expect(codes(node("n", kind, config))).toEqual(expected);
  });

  it("has nothing to say of nodes that ask no model", () => {
    expect(review(node("code", "code", { code: LONG }))).toBeNull();
  });
});

describe("the order of tools", () => {
  const agent = (id: string, names: string[], model = "a") => node(id, "agent", { model: { provider: "weft", name: model }, tools: names.map((tool) => ({ provider: "weft", tool, enabled: tool !== "off" })) });

  it("is best the same for agents that share tools and model", () => {
    expect(review(agent("b", ["off", "web", "time"]), agent("a", ["time", "web"]))?.hints).toEqual([
      { code: "tools_order", field: "tools", cause: "a", fix: { config: agent("b", ["time", "web", "off"]).config, reused: null } },
    ]);
  });

  it.each([
    ["in order already", agent("a", ["web", "time"]), agent("b", ["web", "time"])],
    ["of another model", agent("a", ["time", "web"], "other"), agent("b", ["web", "time"])],
    ["others", agent("a", ["time", "page"]), agent("b", ["web", "time"])],
    ["told apart by order", agent("a", ["time", "web", "web"]), agent("b", ["web", "web", "time"])],
  ])("is left as it is for tools %s", (_, first, second) => {
    expect(codes(second, first)).toEqual([]);
  });
});

describe("improvePrompt", () => {
  const setting = { kinds: KINDS, sizeOf: () => ({ width: 216, height: 88 }) };
  const doc = makeDoc([llm([["system", `For {{#start.name#}}.\n\n${LONG}`]])]);

  it("is one step that can be undone", () => {
    const before = startHistory(doc);
    const after = execute(before, improvePrompt, { id: "llm", code: "variable_early" as const }, setting, 0);

    expect(after.doc.nodes).toEqual([llm([["system", `${LONG}\n\nFor {{#start.name#}}.`]])]);
    expect(undo(after).doc).toBe(doc);
  });

  it("does nothing where nothing is offered any more", () => {
    const before = startHistory(doc);

    expect(execute(before, improvePrompt, { id: "llm", code: "tools_order" as const }, setting, 0)).toBe(before);
    expect(execute(before, improvePrompt, { id: "gone", code: "variable_early" as const }, setting, 0)).toBe(before);
  });
});

describe("timesAsked", () => {
  it("counts the rounds of containers, and not what was skipped", () => {
    const at = { run_id: "r", ts: 0 };
    const started = (seq: number, more: object) => ({ ...at, seq, type: "node_started", node_id: "llm", attempt: 1, ...more });
    const events = [
      { ...at, seq: 1, type: "run_started", inputs: {} },
      { ...at, seq: 2, type: "node_started", node_id: "each", attempt: 1 },
      { ...at, seq: 3, type: "frame_started", node_id: "each", index: 0 },
      started(4, { frame: "each:0" }),
      { ...at, seq: 5, type: "frame_started", node_id: "each", index: 1 },
      started(6, { frame: "each:1" }),
      { ...at, seq: 7, type: "node_skipped", node_id: "other" },
    ];
    const state = fold(events as never);

    expect([timesAsked(state, "llm"), timesAsked(state, "other"), timesAsked(state, "gone")]).toEqual([2, 0, 0]);
  });
});
