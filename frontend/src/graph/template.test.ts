import { describe, expect, it } from "vitest";
import { formatTemplate, mapTemplate, parseTemplate, templateSelectors } from "./template";

describe("parseTemplate", () => {
  it("tells text from references", () => {
    expect(parseTemplate("你好 {{#start.name#}}！{{#llm.structured_output.items.0#}}")).toEqual([
      { type: "text", text: "你好 " },
      { type: "ref", selector: ["start", "name"] },
      { type: "text", text: "！" },
      { type: "ref", selector: ["llm", "structured_output", "items", "0"] },
    ]);
  });

  it.each(["{{name}}", "{{# start.name #}}", "{{#}}", "{{#a.b}}", "{{#.b#}}", "{ {#a.b#}}"])("leaves %s as text", (text) => {
    expect(parseTemplate(text)).toEqual([{ type: "text", text }]);
  });

  it("gives back what it was given", () => {
    const text = "{{#context#}}\n\nQ: {{#sys.query#}} {{#x}}";

    expect(formatTemplate(parseTemplate(text))).toBe(text);
    expect(templateSelectors(text)).toEqual([["context"], ["sys", "query"]]);
  });
});

describe("mapTemplate", () => {
  it("rewrites what changes and keeps the rest to the letter", () => {
    const text = "{{#a.x#}} and {{#b.x.y#}} and {{#a}}";

    expect(mapTemplate(text, (s) => (s[0] === "b" ? ["c", ...s.slice(1)] : s))).toBe("{{#a.x#}} and {{#c.x.y#}} and {{#a}}");
  });
});
