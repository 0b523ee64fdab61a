import { describe, expect, it } from "vitest";
import { rankOf, scoreOf, type Findable } from "./rank";

const THINGS: Findable[] = [
  { value: "knowledge", names: ["Knowledge"], description: "Finds passages that say if and how" },
  { value: "if-else", names: ["If / else", "条件分支"], description: "Goes one way or another" },
  { value: "http", names: ["HTTP request"], keywords: ["url"] },
  { value: "notify", names: ["Notify by HTTP"] },
  { value: "retrieve", names: ["知识检索"] },
  { value: "dark", names: ["Dark theme"] },
];
const found = (search: string) => {
  const score = rankOf(THINGS);
  const scored = THINGS.map(({ value }) => ({ value, score: score(value, search) })).filter((hit) => hit.score > 0);
  return scored.sort((a, b) => b.score - a.score).map(({ value }) => value);
};

describe("rank", () => {
  it.each([
    ["if", ["if-else", "notify", "knowledge"]],
    ["dark", ["dark"]],
    ["http", ["http", "notify"]],
    ["知识", ["retrieve"]],
    ["分支", ["if-else"]],
    ["url", ["http"]],
    ["theme dark", ["dark"]],
    ["dkt", []],
  ])("%s", (search, expected) => {
    expect(found(search)).toEqual(expected);
  });

  it("keeps the given order among equals, and all when nothing is typed", () => {
    expect(found(" ")).toEqual(THINGS.map(({ value }) => value));
    expect(scoreOf({ value: "x", names: ["x"] }, "")).toBe(1);
  });
});
