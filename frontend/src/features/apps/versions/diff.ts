/** What changed between two versions: by thing, from their graphs; by line, from their texts. Pure. */
export interface DiffLine {
  kind: "same" | "added" | "removed";
  /** Line numbers in the old and the new text. */
  from: number | null;
  to: number | null;
  text: string;
}
export interface Hunk {
  /** What the changed lines belong to, as the text says it: `llm`, `variables`. */
  place: string;
  lines: DiffLine[];
}

const HEADER = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

export function hunksOf(diff: string, newText: string): Hunk[] {
  const texts = newText.split("\n");
  const hunks: Hunk[] = [];
  let from = 0;
  let to = 0;
  for (const line of diff.split("\n")) {
    const header = HEADER.exec(line);
    if (header) {
      from = Number(header[1]);
      to = Number(header[2]);
      hunks.push({ place: placeOf(texts, to + 3), lines: [] });
      continue;
    }
    const hunk = hunks.at(-1);
    if (!hunk || line === "" || line.startsWith("\\")) continue;
    const mark = line[0];
    const text = line.slice(1);
    if (mark === "+") hunk.lines.push({ kind: "added", from: null, to: to++, text });
    else if (mark === "-") hunk.lines.push({ kind: "removed", from: from++, to: null, text });
    else hunk.lines.push({ kind: "same", from: from++, to: to++, text });
  }
  return hunks;
}

/** The node, or the part of the file, in which a line stands. Counts from 1. */
function placeOf(lines: readonly string[], at: number): string {
  for (let i = Math.min(at, lines.length) - 1; i >= 0; i -= 1) {
    const line = lines[i] ?? "";
    const node = /^\s*- id: ["']?([\w-]+)/.exec(line) ?? /^([\w-]+):/.exec(line);
    if (node?.[1]) return node[1];
  }
  return "";
}

interface Graph {
  nodes?: { id: string; title?: string; [field: string]: unknown }[];
  edges?: { source: string; handle?: string; target: string }[];
  variables?: unknown;
  features?: unknown;
  limits?: unknown;
}
export interface Changes {
  added: string[];
  removed: string[];
  changed: string[];
  links: number;
  others: ("variables" | "features" | "limits")[];
}

export function changesOf(before: Graph, after: Graph): Changes {
  const old = new Map((before.nodes ?? []).map((node) => [node.id, node]));
  const now = new Map((after.nodes ?? []).map((node) => [node.id, node]));
  const titles = (nodes: Iterable<{ id: string; title?: string }>) => [...nodes].map(({ id, title }) => title || id);
  const links = (graph: Graph) => new Set((graph.edges ?? []).map(({ source, handle, target }) => `${source} ${handle ?? ""} ${target}`));
  const [was, is] = [links(before), links(after)];
  return {
    added: titles([...now.values()].filter(({ id }) => !old.has(id))),
    removed: titles([...old.values()].filter(({ id }) => !now.has(id))),
    changed: titles([...now.values()].filter((node) => old.has(node.id) && said(old.get(node.id)) !== said(node))),
    links: [...is].filter((link) => !was.has(link)).length + [...was].filter((link) => !is.has(link)).length,
    others: (["variables", "features", "limits"] as const).filter((name) => said(before[name]) !== said(after[name])),
  };
}

/** The same text for the same value, whatever the order of its names; what is not said counts as empty. */
function said(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) => (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).filter(([, one]) => one !== null).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}
