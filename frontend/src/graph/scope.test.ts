import { describe, expect, it } from "vitest";
import { filterScope, findVariable, scopeOf } from "./scope";
import { KINDS, makeDoc, node, ragDoc } from "./testing/factories";

describe("scopeOf", () => {
  it("offers only what is upstream, nearest first, then the system's values", () => {
    const groups = scopeOf(ragDoc(), KINDS, "llm");

    expect(groups.map((g) => g.id)).toEqual(["retrieve", "start", "sys"]);
    expect(groups[0]?.variables).toEqual([{ selector: ["retrieve", "result"], name: "result", type: "array[object]" }]);
    expect(groups[1]?.variables).toEqual([{ selector: ["start", "city"], name: "city", type: "string" }]);
  });

  it("reads outputs that a config declares, and the app's own variables", () => {
    const code = node("code", "code", { outputs: { total: { type: "number" } } });
    const doc = makeDoc([code, node("answer", "answer")], ["code > answer"]);
    doc.variables.environment = [{ name: "KEY", type: "string", value: "", description: "" }];
    const groups = scopeOf(doc, KINDS, "answer");

    expect(groups.map((g) => g.id)).toEqual(["code", "env", "sys"]);
    expect(findVariable(groups, ["code", "total", "deep"])).toEqual({ selector: ["code", "total"], name: "total", type: "number" });
    expect(findVariable(groups, ["code", "other"])).toBeUndefined();
  });

  it("offers what a failed node says, where one can come after its failure", () => {
    const offered = (on_error: "fail" | "branch" | "default", asking: string) => {
      const risky = node("risky", "llm", {}, { policy: { on_error } });
      const doc = makeDoc([risky, node("well", "answer"), node("sorry", "answer"), node("after", "answer")], ["risky > well", "risky:fail-branch > sorry", "sorry > after"]);
      return scopeOf(doc, KINDS, asking).find((group) => group.id === "risky")?.variables.map((variable) => variable.name);
    };

    const both = ["text", "usage", "error_message", "error_type"];
    expect(["well", "sorry", "after"].map((id) => offered("branch", id))).toEqual([["text", "usage"], both, both]);
    expect([offered("default", "well"), offered("fail", "well")]).toEqual([both, ["text", "usage"]]);
  });

  it("has no question in a workflow", () => {
    const names = (mode: "chat" | "workflow") =>
      scopeOf(makeDoc([node("a", "llm")], [], mode), KINDS, "a").flatMap((g) => g.variables.map((v) => v.name));

    expect(names("chat")).toContain("query");
    expect(names("workflow")).not.toContain("query");
  });

  it("searches by words of title and name", () => {
    const found = filterScope(scopeOf(ragDoc(), KINDS, "answer"), "llm te");

    expect(found.map((g) => [g.id, g.variables.map((v) => v.name)])).toEqual([["llm", ["text"]]]);
  });
});
