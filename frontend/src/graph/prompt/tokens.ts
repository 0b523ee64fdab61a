/** How many tokens a text is, guessed as the engine guesses it: about one for a CJK character and one for four others. */

const WIDE = /[\u2e80-\u{10ffff}]/gu;

export function estimateTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + Math.ceil(([...text].length - wide) / 4);
}
