/** Where chunks stand in their original: boxes on pages, spans in a text. Pure. */

/** Shares of the page's size, from its upper left corner. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}
export interface Placed {
  id: string;
  position: number;
  page: number | null;
  boxes: readonly (Box & { page: number })[];
  start: number | null;
  end: number | null;
}
export interface Mark {
  chunkId: string;
  position: number;
  box: Box;
}

/** The boxes of each page, by its number. */
export function marksByPage(chunks: readonly Placed[]): Map<number, Mark[]> {
  const pages = new Map<number, Mark[]>();
  for (const { id, position, boxes } of chunks) {
    for (const box of boxes) {
      const mark = { chunkId: id, position, box };
      const there = pages.get(box.page);
      if (there) there.push(mark);
      else pages.set(box.page, [mark]);
    }
  }
  return pages;
}

/** A piece of a text's row, and the chunk it belongs to. */
export interface Piece {
  from: number;
  to: number;
  chunkId: string | null;
  /** The chunk begins here: the one piece of it that the keyboard reaches. */
  isFirst: boolean;
}
export interface TextRow {
  from: number;
  to: number;
}

const LONGEST_ROW = 1200;

/** A text as rows short enough to draw one by one: lines, and long lines in pieces. */
export function rowsOf(text: string): TextRow[] {
  const rows: TextRow[] = [];
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    const to = end - from > LONGEST_ROW ? cutAt(text, from) : end;
    rows.push({ from, to });
    from = to === end ? end + 1 : to;
  }
  return rows;
}

/** After a full stop near the limit, never between the halves of a character. */
function cutAt(text: string, from: number): number {
  const limit = from + LONGEST_ROW;
  for (let at = limit; at > limit - 200; at -= 1) if ("。！？.!? ".includes(text[at - 1] ?? "")) return at;
  return /[\uD800-\uDBFF]/.test(text[limit - 1] ?? "") ? limit - 1 : limit;
}

/** Chunks by where they begin; those without a place in the text are left out. */
export function spansOf(chunks: readonly Placed[]): { id: string; start: number; end: number }[] {
  return chunks
    .flatMap(({ id, start, end }) => (start === null || end === null || end <= start ? [] : [{ id, start, end }]))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

/** A row in pieces. Where chunks overlap, the selected one wins, else the one that began last. */
export function piecesOf(row: TextRow, spans: ReturnType<typeof spansOf>, selected: string | null): Piece[] {
  const near = spans.filter((span) => span.start < row.to && span.end > row.from);
  const cuts = [...new Set([row.from, row.to, ...near.flatMap(({ start, end }) => [start, end])])].filter((at) => at >= row.from && at <= row.to).sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, index) => {
    const to = cuts[index + 1] ?? row.to;
    const over = near.filter((span) => span.start <= from && span.end >= to);
    const owner = over.find((span) => span.id === selected) ?? over.at(-1);
    return { from, to, chunkId: owner?.id ?? null, isFirst: owner !== undefined && (owner.start === from || (from === row.from && owner.start === row.from - 1)) };
  });
}

/** The server counts characters, a browser halves of some: from the server's place in a text to ours. */
export function placeIn(text: string): (place: number) => number {
  // of each character of two halves, which character of the text it is
  const wide: number[] = [];
  let halves = 0;
  for (const { index } of text.matchAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)) {
    wide.push(index - halves);
    halves += 1;
  }
  return (place) => place + below(wide, place);
}

/** How many of the sorted numbers are below the limit. */
function below(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
