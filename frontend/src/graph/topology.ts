/** Questions about who comes before whom. Answers by node id and edge; knows nothing of what a node does. */
import type { Definition, Edge } from "./document";

type Neighbours = ReadonlyMap<string, readonly string[]>;

export function successors(doc: Pick<Definition, "edges">): Neighbours {
  return group(doc.edges, (edge) => [edge.source, edge.target]);
}

export function predecessors(doc: Pick<Definition, "edges">): Neighbours {
  return group(doc.edges, (edge) => [edge.target, edge.source]);
}

/** All that can be reached from `starts` by `next`, without the starts themselves unless a circle leads back. */
export function reach(starts: Iterable<string>, next: Neighbours): Set<string> {
  const seen = new Set<string>();
  const queue = [...starts];
  while (queue.length > 0) {
    for (const id of next.get(queue.pop() ?? "") ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(id);
    }
  }
  return seen;
}

/** Ids of all nodes that have run before this one starts. */
export function upstreamOf(doc: Definition, id: string): Set<string> {
  return reach([id], predecessors(doc));
}

export function wouldCycle(doc: Definition, source: string, target: string): boolean {
  return source === target || reach([target], successors(doc)).has(source);
}

/** Ids of the nodes that lie on a circle. */
export function cyclic(doc: Definition): Set<string> {
  const left = new Set(doc.nodes.map((node) => node.id));
  trim(left, doc.edges, (edge) => edge.target);
  trim(left, doc.edges, (edge) => edge.source);
  return left;
}

/** Takes away, again and again, every node that no remaining edge touches at `end`. */
function trim(left: Set<string>, edges: readonly Edge[], end: (edge: Edge) => string): void {
  for (;;) {
    const held = new Set(edges.filter((e) => left.has(e.source) && left.has(e.target)).map(end));
    const free = [...left].filter((id) => !held.has(id));
    if (free.length === 0) return;
    free.forEach((id) => left.delete(id));
  }
}

/** Ids in an order in which every node comes after its predecessors; nodes on circles come last, as listed. */
export function topological(doc: Definition): string[] {
  const before = predecessors(doc);
  const done = new Set<string>();
  const waiting = doc.nodes.map((node) => node.id);
  const known = new Set(waiting);
  for (let progress = true; progress; ) {
    progress = false;
    for (const id of waiting) {
      if (done.has(id) || !(before.get(id) ?? []).every((p) => done.has(p) || !known.has(p))) continue;
      done.add(id);
      progress = true;
    }
  }
  return [...done, ...waiting.filter((id) => !done.has(id))];
}

function group(edges: readonly Edge[], pair: (edge: Edge) => [string, string]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const edge of edges) {
    const [from, to] = pair(edge);
    const list = map.get(from);
    if (list) list.push(to);
    else map.set(from, [to]);
  }
  return map;
}
