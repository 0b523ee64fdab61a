/** Text on its ground is readable in both themes: WCAG AA, 4.5 to 1. */
import { describe, expect, it } from "vitest";
import css from "./tokens.css?raw";

type Rgb = [number, number, number];

function tokens(block: string): Map<string, Rgb> {
  const found = new Map<string, Rgb>();
  for (const match of block.matchAll(/--([\w-]+):\s*oklch\(([\d.]+)%\s+([\d.]+)\s+([\d.]+)\)/g)) {
    const [, name, lightness, chroma, hue] = match;
    if (name) found.set(name, linearRgb(Number(lightness) / 100, Number(chroma), Number(hue)));
  }
  return found;
}

/** OKLCH to linear sRGB, by Björn Ottosson's matrices; what lies outside the gamut is cut. */
function linearRgb(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const cut = (value: number) => Math.min(1, Math.max(0, value));
  return [
    cut(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    cut(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    cut(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const split = css.indexOf('[data-theme="dark"]');
const light = tokens(css.slice(0, split));
const dark = new Map([...light, ...tokens(css.slice(split))]);
const GROUNDS = ["bg", "surface", "raised", "sunken"];
const PAIRS: [string, string][] = [
  ...["ink", "ink-2", "ink-3", "accent-ink", "bad-ink", "ok-ink", "run-ink", "warn-ink"].flatMap((text) => GROUNDS.map((ground) => [text, ground] as [string, string])),
  ...["ok", "run", "warn", "bad", "accent"].map((name) => [`${name}-ink`, `${name}-soft`] as [string, string]),
  ["on-accent", "accent"], ["on-fill", "bad-fill"],
  ...["code-key", "code-str", "code-note", "code-num"].map((text) => [text, "sunken"] as [string, string]),
];

describe.each([["light", light], ["dark", dark]] as const)("%s theme", (_, theme) => {
  it.each(PAIRS)("shows %s on %s", (text, ground) => {
    const [one, other] = [theme.get(text), theme.get(ground)];
    if (!one || !other) throw new Error(`tokens.css has no --${one ? ground : text}`);
    expect(contrast(one, other)).toBeGreaterThanOrEqual(4.5);
  });
});
