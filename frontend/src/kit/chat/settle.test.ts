import { describe, expect, it } from "vitest";
import { settle, splitBlocks } from "./settle";

describe("splitBlocks", () => {
  it("cuts at a new top-level block and keeps every character", () => {
    const text = "# Title\n\nFirst.\n\nSecond\nline.\n";

    expect(splitBlocks(text)).toEqual(["# Title\n\n", "First.\n\n", "Second\nline.\n"]);
  });

  it("keeps loose lists, quotes and fenced code in one piece", () => {
    const list = "1. one\n\n2. two\n\n   more\n";
    const code = "```py\na = 1\n\nb = 2\n```\n";

    expect(splitBlocks(list)).toEqual([list]);
    expect(splitBlocks(code)).toEqual([code]);
    expect(splitBlocks(`${code}\nAfter.`)).toEqual([`${code}\n`, "After."]);
  });

  it("does not take a shorter or different fence for the closing one", () => {
    const text = "````\n```\n\nstill code\n~~~\n\n````";

    expect(splitBlocks(text)).toEqual([text]);
  });
});

describe("settle", () => {
  it.each([
    ["a **bold", "a **bold**"],
    ["a **", "a "],
    ["use `make u", "use `make u`"],
    ["see [the guide](https://exa", "see the guide"],
    ["see [the gui", "see the gui"],
    ["a fact [1", "a fact "],
    ["一个事实【1", "一个事实"],
    ["old ~~price", "old ~~price~~"],
    ["done **bold** and `code`.", "done **bold** and `code`."],
    ["`**` is bold", "`**` is bold"],
  ])("%s", (half, whole) => {
    expect(settle(half)).toBe(whole);
  });

  it("leaves open code alone", () => {
    const text = "```js\nconst a = `x";

    expect(settle(text)).toBe(text);
  });
});
