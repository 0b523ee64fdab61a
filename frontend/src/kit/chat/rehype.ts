/**
 * Two small passes over the parsed answer: source marks such as `[1]` become elements of their own, and the
 * streaming cursor is put behind the last word. Both run after sanitising, on a tree that is already safe.
 */
import type { Element, ElementContent, Root, RootContent, Text } from "hast";

export const CITE_TAG = "weft-cite";
export const CURSOR_TAG = "weft-cursor";

const MARK = /\[(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\]|【(\d{1,2})】/gu;
const LITERAL = new Set(["code", "pre", "a"]);
const OPAQUE = new Set(["pre", "table", "hr", "img"]);

export interface CiteOptions {
  /** Which numbers have a source; "any" while the sources are still to come. */
  known: ReadonlySet<number> | "any";
}

export function rehypeCite({ known }: CiteOptions) {
  return (tree: Root): void => {
    tree.children = markAll(tree.children, known);
  };
}

export function rehypeCursor() {
  return (tree: Root): void => {
    const cursor: Element = { type: "element", tagName: CURSOR_TAG, properties: {}, children: [] };
    lastHome(tree).children.push(cursor);
  };
}

function markAll<T extends RootContent>(children: T[], known: CiteOptions["known"]): T[] {
  return children.flatMap((child) => {
    if (child.type === "text") return markText(child, known) as T[];
    if (child.type === "element" && !LITERAL.has(child.tagName)) {
      return [{ ...child, children: markAll(child.children, known) }];
    }
    return [child];
  });
}

function markText(node: Text, known: CiteOptions["known"]): ElementContent[] {
  const out: ElementContent[] = [];
  let from = 0;
  for (const match of node.value.matchAll(MARK)) {
    const numbers = (match[1] ?? match[2] ?? "").split(/\D+/).map(Number);
    if (!numbers.every((n) => n > 0 && (known === "any" || known.has(n)))) continue;
    const before = node.value.slice(from, match.index);
    if (before) out.push({ type: "text", value: before.replace(/ $/, "\u00a0") });
    out.push(...numbers.map(chip));
    from = match.index + match[0].length;
  }
  if (from === 0) return [node];
  if (from < node.value.length) out.push({ type: "text", value: node.value.slice(from) });
  return out;
}

function chip(n: number): Element {
  return { type: "element", tagName: CITE_TAG, properties: { n: String(n) }, children: [] };
}

function lastHome(tree: Root): Root | Element {
  let home: Root | Element = tree;
  for (;;) {
    const last: RootContent | undefined = home.children.findLast((c) => c.type !== "text" || c.value.trim() !== "");
    if (last?.type !== "element" || OPAQUE.has(last.tagName) || last.tagName === CITE_TAG) return home;
    if (last.tagName === "code" || last.tagName === "a") return home;
    home = last;
  }
}
