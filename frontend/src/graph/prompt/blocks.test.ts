import { describe, expect, it } from "vitest";
import { variablesBehind } from "./blocks";

const DATE = "Today is {{#sys.timestamp#}}.";
const RULES = "You answer questions about tea.";
const MORE = "Answer in one sentence.";

describe("variablesBehind", () => {
  it.each([
    ["a paragraph at the beginning", `${DATE}\n\n${RULES}\n\n${MORE}`, `${RULES}\n\n${MORE}\n\n${DATE}`],
    ["a paragraph in the middle", `${RULES}\n\n${DATE}\n\n${MORE}`, `${RULES}\n\n${MORE}\n\n${DATE}`],
    ["several, in their order", `${DATE}\n\n${RULES}\n \n{{#a.b#}}\n\n${MORE}`, `${RULES}\n\n${MORE}\n\n${DATE}\n\n{{#a.b#}}`],
    ["lines at the beginning", `${DATE}\n你好，{{#start.name#}}。\n${RULES}\n${MORE}`, `${RULES}\n${MORE}\n\n${DATE}\n你好，{{#start.name#}}。`],
    ["a tag with all it holds", `Use the passages.\n\n<context>\n\n{{#context#}}\n\n</context>\n\n${MORE}`, `Use the passages.\n\n${MORE}\n\n<context>\n\n{{#context#}}\n\n</context>`],
    ["what a colon leads to", `${RULES}\n\nPassages:\n\n{{#context#}}\n\n${MORE}`, `${RULES}\n\n${MORE}\n\nPassages:\n\n{{#context#}}`],
    ["a section under its title", `## Who asks\n\n{{#start.name#}}\n\n## Rules\n\n${RULES}\n\n${MORE}`, `## Rules\n\n${RULES}\n\n${MORE}\n\n## Who asks\n\n{{#start.name#}}`],
    ["Chinese", `今天是{{#sys.timestamp#}}。\n\n你是茶叶顾问。\n\n回答要简短。`, `你是茶叶顾问。\n\n回答要简短。\n\n今天是{{#sys.timestamp#}}。`],
  ])("moves %s", (_, text, moved) => {
    expect(variablesBehind(text)).toBe(moved);
  });

  it.each([
    ["nothing varies", `${RULES}\n\n${MORE}`],
    ["it stands at the end already", `${RULES}\n\n${MORE}\n\n${DATE}`],
    ["a word points up", `{{#context#}}\n\nUse the passages above.`],
    ["a word points down", `{{#start.name#}} wrote the text below.\n\n${RULES}`],
    ["a Chinese word points up", "{{#context#}}\n\n请根据以上资料回答。"],
    ["a paragraph goes on from the one before", `{{#start.text#}}\n\nThis is what a customer wrote.`],
    ["it is part of a list", `1. Read {{#start.text#}}\n\n2. Sum it up`],
    ["it ends in a cue", `{{#start.text#}}\n\n${RULES}\n\nSummary:`],
    ["a tag stays open", `<note>\n\n{{#start.text#}}\n\n${RULES}`],
    ["a code block stays open", `\`\`\`\n\n{{#start.text#}}\n\n${RULES}`],
    ["titles of two levels", `# A\n\n{{#start.text#}}\n\n## B\n\n${RULES}`],
    ["a line that is no sentence", `Name {{#start.name#}}\n${RULES}`],
    ["lines that vary further down", `${DATE}\n${RULES}\n{{#start.text#}}`],
  ])("leaves the text alone where %s", (_, text) => {
    expect(variablesBehind(text)).toBeNull();
  });
});
