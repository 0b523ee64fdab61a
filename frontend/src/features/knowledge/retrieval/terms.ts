/** Where the words of a question stand in a text, to be shown. Follows the index roughly: case and width do not count. Pure. */
export interface Part {
  text: string;
  found: boolean;
}

const WORD = /[\p{Script=Han}]+|[\p{L}\p{N}]+/gu;
const STOP = new Set("a an and are as at be by can do does for from how i in is it many much must of often on or that the this to was what when where which who why will with you your 的 了 是 在 吗 呢 和 有 我 你 怎 么 什 怎么 什么 多少 如何 哪些".split(" "));

/** Words of the question as they are looked for: Latin ones by their beginning, Chinese ones by pairs of characters. */
export function needlesOf(question: string): string[] {
  const found = new Set<string>();
  for (const [word] of question.normalize("NFKC").toLowerCase().matchAll(WORD)) {
    if (/\p{Script=Han}/u.test(word)) {
      const characters = [...word];
      if (characters.length === 1 && !STOP.has(word)) found.add(word);
      for (let at = 0; at < characters.length - 1; at += 1) {
        const pair = `${characters[at]}${characters[at + 1]}`;
        if (!STOP.has(pair)) found.add(pair);
      }
    } else if (!STOP.has(word)) found.add(word);
  }
  return [...found];
}

export function highlighted(text: string, needles: readonly string[]): Part[] {
  const spans: [number, number][] = [];
  const lower = text.toLowerCase();
  // lower case may be longer than what it came from; then places would not match
  const searched = lower.length === text.length ? lower : text;
  for (const needle of needles) {
    const isHan = /\p{Script=Han}/u.test(needle);
    for (let at = searched.indexOf(needle); at >= 0; at = searched.indexOf(needle, at + 1)) {
      if (isHan) spans.push([at, at + needle.length]);
      else if (!isWordAt(searched, at - 1)) spans.push([at, wordEnd(searched, at + needle.length, needle.length)]);
    }
  }
  return cut(text, merged(spans.filter(([from, to]) => to > from)));
}

const isWordAt = (text: string, at: number): boolean => at >= 0 && /[a-z0-9\u00c0-\u024f]/i.test(text[at] ?? "");

/** To the end of the word, where that adds no more than an ending: "oil" finds "oiled", "on" does not find "onion". */
function wordEnd(text: string, at: number, length: number): number {
  let end = at;
  while (isWordAt(text, end)) end += 1;
  return end - at <= (length >= 3 ? 3 : 0) ? end : 0;
}

function merged(spans: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

function cut(text: string, spans: readonly [number, number][]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) parts.push({ text: text.slice(at, from), found: false });
    parts.push({ text: text.slice(from, to), found: true });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at), found: false });
  return parts;
}
