/**
 * Makes half-written Markdown fit to show: closes what the model has opened and not yet closed, and cuts a long
 * answer into blocks that need no second parse. It knows Markdown's line structure, not its full grammar.
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const CONTINUES = /^(\s|[-*+]\s|\d{1,9}[.)]\s|>|\||\[\^)/;

/** Cut `text` where a new top-level block begins. Joining the parts gives `text` back. */
export function splitBlocks(text: string): string[] {
  const blocks: string[] = [];
  let current = "";
  let fence: string | null = null;
  let afterBlank = false;
  for (const line of text.split(/(?<=\n)/)) {
    const mark = FENCE.exec(line)?.[1];
    const starts = fence === null && afterBlank && line.trim() !== "" && !CONTINUES.test(line);
    if (starts && current !== "") {
      blocks.push(current);
      current = "";
    }
    current += line;
    if (mark) fence = nextFence(fence, mark);
    afterBlank = line.trim() === "";
  }
  if (current !== "") blocks.push(current);
  return blocks;
}

/** Close the inline marks that the last line leaves open, so that no `**` flashes by while it streams. */
export function settle(text: string): string {
  if (insideFence(text)) return text;
  const at = text.lastIndexOf("\n") + 1;
  return text.slice(0, at) + closeLine(text.slice(at));
}

function closeLine(line: string): string {
  let out = line.replace(/(?:\[\d{0,2}|【\d{0,2})$/u, "");
  out = out.replace(/!?\[([^\]]*)\]\([^)\s]*$/u, "$1").replace(/!?\[([^\]]*)$/u, "$1");
  if (count(out, /`/g) % 2 === 1) return out.endsWith("`") ? out.slice(0, -1) : `${out}\``;
  const spoken = out.replace(/`[^`]*`/g, "");
  if (count(spoken, /~~/g) % 2 === 1) out = closeMark(out, "~~");
  if (count(spoken, /\*\*/g) % 2 === 1) out = closeMark(out, "**");
  return out;
}

function closeMark(line: string, mark: string): string {
  const trimmed = line.replace(/\s+$/, "");
  return trimmed.endsWith(mark) ? trimmed.slice(0, -mark.length) : trimmed + mark;
}

function insideFence(text: string): boolean {
  let fence: string | null = null;
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (mark) fence = nextFence(fence, mark);
  }
  return fence !== null;
}

function nextFence(open: string | null, mark: string): string | null {
  if (open === null) return mark;
  return mark[0] === open[0] && mark.length >= open.length ? null : open;
}

function count(text: string, mark: RegExp): number {
  return text.match(mark)?.length ?? 0;
}
