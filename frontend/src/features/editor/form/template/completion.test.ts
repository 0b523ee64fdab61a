import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { scopeOf } from "@/graph";
import { KINDS, ragDoc } from "@/graph/testing/factories";
import { complete } from "./completion";

const offer = {
  groups: scopeOf(ragDoc(), KINDS, "llm"),
  titleOf: (group: { title: string }) => group.title,
  words: [{ name: "context", type: "passages" }],
};

function at(text: string, explicit = false) {
  const state = EditorState.create({ doc: text });
  return complete(new CompletionContext(state, text.length, explicit), offer);
}

describe("complete", () => {
  it.each(["Say {", "Say {{", "Say {{#", "Say /", "/"])("offers everything after %j", (text) => {
    const result = at(text);

    expect(result?.options.map((option) => option.apply)).toEqual(
      expect.arrayContaining(["{{#context#}}", "{{#retrieve.result#}}", "{{#start.city#}}", "{{#sys.query#}}"]),
    );
    expect(text.slice(result?.from)).toMatch(/^[{/]/);
  });

  it("narrows as one types", () => {
    expect(at("{{#ci")?.options.map((option) => option.apply)).toEqual(["{{#start.city#}}"]);
  });

  it.each(["and/or", "https://", "plain", "{{#start.city#}}"])("keeps quiet after %j", (text) => {
    expect(at(text)).toBeNull();
  });

  it("offers where one asks for it", () => {
    expect(at("plain", true)?.from).toBe(5);
  });
});
