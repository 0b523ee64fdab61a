/** Names for new things: readable, so that `llm_2.text` in a prompt says where it comes from. */
import type { Definition } from "./document";

const LONGEST = 50;

export function freshNodeId(taken: ReadonlySet<string>, wish: string): string {
  const stem = wish.replace(/_\d+$/, "").replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, LONGEST - 6) || "node";
  if (!taken.has(stem)) return stem;
  for (let n = 2; ; n += 1) if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`;
}

export function freshTitle(taken: ReadonlySet<string>, wish: string): string {
  const stem = wish.replace(/ \d+$/, "");
  if (!taken.has(stem)) return stem;
  for (let n = 2; ; n += 1) if (!taken.has(`${stem} ${n}`)) return `${stem} ${n}`;
}

export function freshEdgeId(doc: Pick<Definition, "edges">): string {
  const taken = new Set(doc.edges.map((edge) => edge.id));
  for (let n = doc.edges.length + 1; ; n += 1) if (!taken.has(`e${n}`)) return `e${n}`;
}

export function nodeIds(doc: Definition): Set<string> {
  return new Set([...doc.nodes.map((node) => node.id), "sys", "env", "conversation", "context"]);
}
