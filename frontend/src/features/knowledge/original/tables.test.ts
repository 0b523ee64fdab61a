import { describe, expect, it } from "vitest";
import { rowAt, tablesOf } from "./tables";

const BOOK = "价目表\n\n编号 | 名称 | 备注\nSP-1 | 鼠标 | \nSP-2 | 键盘 | a | b\n\n运费\n\n地区 | 首重\n新疆 | 22";

describe("tablesOf", () => {
  it("reads sheets with their names, headers and rows, each row with its place", () => {
    const [prices, posts] = tablesOf(BOOK);

    expect(prices).toEqual({
      name: "价目表",
      headers: ["编号", "名称", "备注"],
      rows: [
        { from: 18, to: 30, number: 1, cells: ["SP-1", "鼠标", ""] },
        { from: 31, to: 48, number: 2, cells: ["SP-2", "键盘", "a | b"] },
      ],
    });
    expect(posts).toMatchObject({ name: "运费", headers: ["地区", "首重"], rows: [{ number: 1, cells: ["新疆", "22"] }] });
    expect(BOOK.slice(18, 30)).toBe("SP-1 | 鼠标 | ");
  });

  it("reads a table without a name", () => {
    expect(tablesOf("name | price\ntea | 3")).toEqual([{ name: "", headers: ["name", "price"], rows: [{ from: 13, to: 20, number: 1, cells: ["tea", "3"] }] }]);
  });

  it("takes headers that come again for no row, and finds the row behind them", () => {
    const tables = tablesOf("name | price\ntea | 3\nname | price\noil | 4");

    expect(tables[0]?.rows.map(({ number, cells }) => [number, cells[0]])).toEqual([[1, "tea"], [2, "oil"]]);
    expect(rowAt(tables, 21)).toEqual({ table: 0, row: 1 });
  });

  it("finds none in text, or in rows that name their columns each", () => {
    expect(tablesOf("One line.\n\nAnother.")).toEqual([]);
    expect(tablesOf("name: tea | price: 3\nname: oil | price: 4")).toEqual([]);
    expect(tablesOf("")).toEqual([]);
  });
});

it("finds the row of a place, and the first row of a table for its headers", () => {
  const tables = tablesOf(BOOK);

  expect([0, 31, BOOK.length].map((place) => rowAt(tables, place))).toEqual([{ table: 0, row: 0 }, { table: 0, row: 1 }, { table: 1, row: 0 }]);
  expect(rowAt(tables, BOOK.length + 1)).toBeNull();
});
