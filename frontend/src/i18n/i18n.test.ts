/** Both languages say the same things, and every key that the code names exists. */
import { describe, expect, it } from "vitest";

type Texts = { [key: string]: string | Texts };
const files = import.meta.glob<Texts>("./{en,zh}/*.json", { eager: true, import: "default" });
const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.{ts,tsx}"], { eager: true, query: "?raw", import: "default" });

/** Plural forms differ by language: they count as one key. */
function keys(texts: Texts, prefix = ""): Set<string> {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") found.add(prefix + key.replace(/_(zero|one|two|few|many|other)$/, ""));
    else for (const inner of keys(value, `${prefix + key}.`)) found.add(inner);
  }
  return found;
}
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();
const leaves = (texts: Texts, prefix = ""): [string, string][] => Object.entries(texts).flatMap(([key, value]) => (typeof value === "string" ? [[prefix + key, value] as [string, string]] : leaves(value, `${prefix + key}.`)));
const namespaces = [...new Set(Object.keys(files).map((path) => path.split("/").pop() ?? ""))];

describe.each(namespaces)("%s", (file) => {
  const en = files[`./en/${file}`] ?? {};
  const zh = files[`./zh/${file}`] ?? {};

  it("has the same keys in English and Chinese", () => {
    // Known error codes: the server speaks English, so English needs fewer texts of its own.
    if (file === "errors.json") expect([...keys(en)].filter((key) => !keys(zh).has(key))).toEqual([]);
    else expect([...keys(zh)].sort()).toEqual([...keys(en)].sort());
  });

  it("fills the same places in both", () => {
    const chinese = new Map(leaves(zh));
    const differing = leaves(en).filter(([key, text]) => {
      const other = chinese.get(key);
      return other !== undefined && placeholders(other).join() !== placeholders(text).join();
    });
    expect(differing).toEqual([]);
  });

  it("uses full-width punctuation between Chinese words", () => {
    // A placeholder may show a notation, such as user:password.
    expect(leaves(zh).filter(([key, text]) => !/placeholder$/i.test(key) && /\p{Script=Han}[,;:!?]/u.test(text))).toEqual([]);
  });
});

describe("notes of models", () => {
  // the codes that the server sends with GET /models; the picker of the editor lists chat models only
  it.each(["en", "zh"])("are worded wherever models are shown, in %s", (language) => {
    expect([...keys(files[`./${language}/models.json`] ?? {})]).toEqual(expect.arrayContaining(["note.quotes_only", "note.english_only"]));
    expect([...keys(files[`./${language}/editor.json`] ?? {})]).toEqual(expect.arrayContaining(["models.quotes_only", "models.quotes_only_note"]));
  });
});

describe("texts the code asks for", () => {
  it("exist", () => {
    const missing: string[] = [];
    for (const [path, source] of Object.entries(sources)) {
      const spaces = [...source.matchAll(/useTranslation\(\[?(?:"(\w+)")?/g)].map((match) => match[1] ?? "common");
      if (new Set(spaces).size !== 1) continue;
      const known = keys(files[`./en/${spaces[0]}.json`] ?? {});
      for (const match of source.matchAll(/\bt\("([\w.-]+)"/g)) {
        if (match[1] && !known.has(match[1])) missing.push(`${path}: ${spaces[0]}:${match[1]}`);
      }
    }
    expect(missing).toEqual([]);
  });
});
