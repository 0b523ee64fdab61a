/** Colours short code samples: strings, comments, numbers, keywords. No parser, and no promise beyond that. */
export interface CodePart {
  kind: "plain" | "key" | "string" | "note" | "number";
  text: string;
}
type SampleLanguage = "bash" | "python" | "javascript" | "html" | "json" | "yaml" | "text";

const STRING = `"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`[^\`]*\``;
const NUMBER = "\\b\\d+(?:\\.\\d+)?\\b";
const words = (list: string) => `\\b(?:${list.split(" ").join("|")})\\b`;

const RULES: Record<Exclude<SampleLanguage, "text">, { note: string; key: string; string?: string }> = {
  bash: { note: "(?:^|(?<=\\s))#.*", key: `${words("curl export pip npm")}|(?<=\\s)--?[A-Za-z][\\w-]*`, string: `"(?:[^"\\\\]|\\\\.)*"|'[^']*'` },
  python: { note: "#.*", key: words("from import def return for in if else elif with as print async await None True False class") },
  javascript: { note: "//.*", key: words("const let var function return for of in if else await async import from new export window true false null") },
  html: { note: "<!--[\\s\\S]*?-->", key: "</?[a-zA-Z][\\w-]*|/?>|\\b(?:src|data-[\\w-]+|async|defer|href|style|title|allow|width|height)(?==|\\b)" },
  json: { note: "(?!)", key: `"(?:[^"\\\\\\n]|\\\\.)*"(?=\\s*:)|${words("true false null")}` },
  yaml: { note: "#.*", key: "^[ \\t-]*[\\w.-]+(?=:)" },
};

export function highlight(code: string, language: SampleLanguage): CodePart[] {
  if (language === "text") return [{ kind: "plain", text: code }];
  const rule = RULES[language];
  const pattern = new RegExp(`(?<note>${rule.note})|(?<key>${rule.key})|(?<string>${rule.string ?? STRING})|(?<number>${NUMBER})`, "gm");
  const parts: CodePart[] = [];
  let at = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > at) parts.push({ kind: "plain", text: code.slice(at, match.index) });
    const kind = (["note", "key", "string", "number"] as const).find((name) => match.groups?.[name] !== undefined) ?? "plain";
    parts.push({ kind, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < code.length) parts.push({ kind: "plain", text: code.slice(at) });
  return parts;
}
