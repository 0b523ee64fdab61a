import { describe, expect, it } from "vitest";
import { marksByPage, type Placed, piecesOf, placeIn, rowsOf, spansOf } from "./marks";

const chunk = (over: Partial<Placed>): Placed => ({ id: "a", position: 0, page: null, boxes: [], start: null, end: null, ...over });
const box = (page: number, y0: number) => ({ page, x0: 0.1, y0, x1: 0.9, y1: y0 + 0.1 });

describe("marks of a page", () => {
  it("are every box of every chunk, under its own page", () => {
    const pages = marksByPage([chunk({ boxes: [box(1, 0.8), box(2, 0.1)] }), chunk({ id: "b", position: 1, boxes: [box(2, 0.2)] })]);

    expect([...pages].map(([page, marks]) => [page, marks.map(({ chunkId, position, box: { y0 } }) => [chunkId, position, y0])])).toEqual([
      [1, [["a", 0, 0.8]]],
      [2, [["a", 0, 0.1], ["b", 1, 0.2]]],
    ]);
  });
});

describe("rows of a text", () => {
  it("are its lines, and pieces of lines that are too long to draw at once", () => {
    expect(rowsOf("ab\n\ncd")).toEqual([{ from: 0, to: 2 }, { from: 3, to: 3 }, { from: 4, to: 6 }]);
    const long = `${"字".repeat(1150)}。${"字".repeat(1000)}`;
    expect(rowsOf(long)).toEqual([{ from: 0, to: 1151 }, { from: 1151, to: 2151 }]);
  });

  it("never part the halves of a character", () => {
    const [first] = rowsOf(`x${"𠀀".repeat(700)}`);

    expect(first).toEqual({ from: 0, to: 1199 });
  });
});

describe("pieces of a row", () => {
  const spans = spansOf([chunk({ start: 4, end: 10 }), chunk({ id: "b", start: 8, end: 14 }), chunk({ id: "none" })]);

  it("belong to the chunk that began last where two overlap", () => {
    expect(piecesOf({ from: 0, to: 16 }, spans, null)).toEqual([
      { from: 0, to: 4, chunkId: null, isFirst: false },
      { from: 4, to: 8, chunkId: "a", isFirst: true },
      { from: 8, to: 10, chunkId: "b", isFirst: true },
      { from: 10, to: 14, chunkId: "b", isFirst: false },
      { from: 14, to: 16, chunkId: null, isFirst: false },
    ]);
  });

  it("belong to the selected chunk wherever it reaches", () => {
    expect(piecesOf({ from: 6, to: 16 }, spans, "a").map(({ from, chunkId }) => [from, chunkId])).toEqual([[6, "a"], [8, "a"], [10, "b"], [14, null]]);
  });
});

describe("the server's places", () => {
  it("count characters, not halves of them", () => {
    const place = placeIn("a𠀀b😀c");

    expect([0, 1, 2, 3, 4, 5].map(place)).toEqual([0, 1, 3, 4, 6, 7]);
    expect([0, 2, 3].map(placeIn("一二三"))).toEqual([0, 2, 3]);
  });
});
