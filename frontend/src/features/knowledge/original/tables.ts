/** A spreadsheet's text as its tables: the sheet's name, a line of headers, a line for each row, cells parted by ` | `. Pure. */
import { type TextRow } from "./marks";

export interface TableRow extends TextRow {
  /** From 1, without the headers. */
  number: number;
  cells: readonly string[];
}
export interface SheetTable {
  /** Of the sheet; empty where there is but one table without a name. */
  name: string;
  headers: readonly string[];
  rows: readonly TableRow[];
}

const BETWEEN = " | ";

/** None where the text was not cut from rows: then there is only the text to show. */
export function tablesOf(text: string): SheetTable[] {
  const tables: SheetTable[] = [];
  let name = "";
  for (const block of blocksOf(text)) {
    const [head, ...rest] = block;
    if (!head) continue;
    const headers = text.slice(head.from, head.to).split(BETWEEN);
    if (headers.length < 2) {
      name = text.slice(head.from, head.to).trim();
      continue;
    }
    if (isSpeltOut(text, block)) return [];
    // a long table is read in parts, each of which begins with the headers again
    const rows = rest.filter((row) => text.slice(row.from, row.to) !== text.slice(head.from, head.to));
    tables.push({ name, headers, rows: rows.map((row, index) => ({ ...row, number: index + 1, cells: cellsOf(text.slice(row.from, row.to), headers.length) })) });
  }
  return tables;
}

/** The row that a place in the text belongs to: which table, and which of its rows. */
export function rowAt(tables: readonly SheetTable[], place: number): { table: number; row: number } | null {
  for (const [table, { rows }] of tables.entries()) {
    const row = rows.findIndex((one) => one.to >= place);
    if (row >= 0) return { table, row };
  }
  return null;
}

/** Stretches of lines between empty ones. */
function blocksOf(text: string): TextRow[][] {
  const blocks: TextRow[][] = [];
  let block: TextRow[] = [];
  for (let from = 0; from <= text.length; ) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    if (to > from) block.push({ from, to });
    else if (block.length > 0) {
      blocks.push(block);
      block = [];
    }
    from = to + 1;
  }
  return block.length > 0 ? [...blocks, block] : blocks;
}

/** Other ways of cutting write `name: value` into every row: there is no line of headers then. */
function isSpeltOut(text: string, [first, second]: readonly TextRow[]): boolean {
  if (!first || !second) return false;
  const colon = text.slice(first.from, first.to).indexOf(": ");
  return colon > 0 && text.startsWith(text.slice(first.from, first.from + colon + 2), second.from);
}

/** What has more parts than there are columns has the mark itself in a cell: the last one takes them all. */
function cellsOf(line: string, columns: number): string[] {
  const parts = line.split(BETWEEN);
  return parts.length <= columns ? parts : [...parts.slice(0, columns - 1), parts.slice(columns - 1).join(BETWEEN)];
}
