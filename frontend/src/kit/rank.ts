/** How well a thing answers to what is typed: its name before its keywords, its keywords before its description. Letters scattered over a word find nothing. */
export interface Findable {
  value: string;
  /** What it is called; further names say the same in other words. */
  names: readonly string[];
  keywords?: readonly string[];
  description?: string;
}

/** Less than the smallest step between two scores, so that equals keep the order they were given in. */
const ORDER = 1e-5;

/** The `filter` of a cmdk list that holds these things. */
export function rankOf(things: readonly Findable[]): (value: string, search: string) => number {
  const places = new Map(things.map((thing, place) => [thing.value, { thing, place }]));
  return (value, search) => {
    const found = places.get(value);
    if (!found) return 0;
    const score = scoreOf(found.thing, search);
    return score > 0 ? score - found.place * ORDER : 0;
  };
}

export function scoreOf(thing: Findable, search: string): number {
  const wanted = plain(search);
  if (wanted === "") return 1;
  const whole = scorePhrase(thing, wanted);
  if (whole > 0) return whole;
  const words = wanted.split(" ");
  return words.length > 1 ? Math.min(...words.map((word) => scorePhrase(thing, word))) * 0.9 : 0;
}

function scorePhrase({ names, keywords = [], description = "" }: Findable, wanted: string): number {
  const called = names.map(plain);
  if (called.some((name) => name === wanted)) return 1;
  if (called.some((name) => name.startsWith(wanted))) return 0.9;
  if (called.some((name) => beginsWord(name, wanted))) return 0.8;
  if (called.some((name) => name.includes(wanted))) return 0.6;
  const words = keywords.map(plain);
  if (words.some((word) => beginsWord(word, wanted))) return 0.4;
  if (words.some((word) => word.includes(wanted))) return 0.3;
  const told = plain(description);
  if (beginsWord(told, wanted)) return 0.2;
  return told.includes(wanted) ? 0.1 : 0;
}

function beginsWord(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return true;
  }
  return false;
}

function plain(text: string): string {
  return text.toLowerCase().trim().replace(/\s+/g, " ");
}
