/** A stable hue (0–359) for a text, so that the same name always has the same colour. */
export function hueOf(text: string): number {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return (hash * 47) % 360;
}
