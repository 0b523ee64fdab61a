/**
 * Puts the paragraphs of a text that vary behind those that are the same in every run. Done only where the order of
 * paragraphs plainly says nothing: no word points up or down, no list, title, tag or colon ties one to the next.
 */

const VARIES = /\{\{#/;
const BLANK = /\n[ \t]*(?:\n[ \t]*)+/;
const TITLE = /^(#{1,6})\s|^(\*\*)[^*\n]+\*\*[:：]?\s*$|^(【)[^】\n]+】\s*$/gm;
const LIST = /^\s*(?:[-*•]\s|\(?\d+[.)、）]|[一二三四五六七八九十]+、)/;
const POINTS = /\b(?:above|below|following|follows|preceding|previous|earlier|aforementioned|former|latter)\b|上面|下面|上述|下述|上文|下文|以上|以下|如上|如下|前面|后面|此前|前述/i;
const GOES_ON = /^(?:(?:this|that|these|those|it|they|then|so|but|and|also|however|first|next|now|finally)\b|这|那|该|此|它|他|她|然后|接着|但|而|所以|因此|首先|其次|另外|最后)/i;
const SENTENCE = /[.!?。！？]["'”’」）)]*$/;

/** The text with what varies at its end; null where nothing is gained, or where it might come to mean something else. */
export function variablesBehind(text: string): string | null {
  const blocks = blocksOf(text.trim());
  if (blocks === null) return null;
  const first = blocks.findIndex(varies);
  const lastFixed = blocks.findLastIndex((block) => !varies(block));
  if (first < 0 || lastFixed < first) return null;
  const fixed = blocks.slice(first).filter((block) => !varies(block));
  const moved = blocks.slice(first).filter(varies);
  const passing = blocks.slice(first, lastFixed + 1);
  return passing.every(standsAlone) ? [...blocks.slice(0, first), ...fixed, ...moved].join("\n\n") : null;
}

function varies(block: string): boolean {
  return VARIES.test(block);
}

function standsAlone(block: string): boolean {
  return !LIST.test(block) && !POINTS.test(block) && !GOES_ON.test(block);
}

/** Paragraphs, those that belong together as one; null where it is not plain what belongs together. */
function blocksOf(text: string): string[] | null {
  if (!BLANK.test(text)) return leadingLines(text);
  const titles = [...text.matchAll(TITLE)].map((match) => match[1] ?? match[2] ?? match[3]);
  if (new Set(titles).size > 1) return null;
  const blocks: string[] = [];
  for (const paragraph of text.split(BLANK)) {
    const before = blocks.at(-1);
    const joins = before !== undefined && (isOpen(before) || (hasTitle(before) && !hasTitle(paragraph)));
    if (joins) blocks[blocks.length - 1] = `${before}\n\n${paragraph}`;
    else blocks.push(paragraph);
  }
  return isOpen(blocks.at(-1) ?? "") ? null : blocks;
}

/** Without blank lines only whole sentences on lines of their own, at the very beginning, are sure to be paragraphs. */
function leadingLines(text: string): string[] | null {
  const lines = text.split("\n");
  const until = lines.findIndex((line) => !varies(line));
  const rest = lines.slice(until).join("\n");
  if (until < 1 || varies(rest) || isOpen(rest)) return null;
  const leading = lines.slice(0, until);
  return leading.every((line) => SENTENCE.test(line.trim())) ? [leading.join("\n"), rest] : null;
}

function hasTitle(block: string): boolean {
  return block.search(TITLE) >= 0;
}

/** What follows belongs to it: it ends in a colon, or something it opened is not closed yet. */
function isOpen(block: string): boolean {
  if (/[:：]\s*$/.test(block)) return true;
  const fences = block.match(/^\s*```/gm)?.length ?? 0;
  const opened = block.match(/<[A-Za-z_][\w-]*(?:\s[^<>/]*)?>/g)?.length ?? 0;
  const closed = block.match(/<\/[A-Za-z_][\w-]*>/g)?.length ?? 0;
  return fences % 2 === 1 || opened !== closed;
}
