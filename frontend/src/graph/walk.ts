/** Moving through the graph with the arrow keys: along edges to left and right, by place up and down, down into a container and up out of it. */
import { absoluteOf, childrenOf } from "./containers";
import { BODY, nodeById, type Definition, type Point } from "./document";

export type Direction = "left" | "right" | "up" | "down";

export function walk(doc: Definition, from: string, direction: Direction): string | null {
  const node = nodeById(doc, from);
  if (!node || !doc.layout[from]) return null;
  const origin = absoluteOf(doc, from);
  if (direction === "left" || direction === "right") {
    const along = direction === "right" ? "source" : "target";
    const to = direction === "right" ? "target" : "source";
    const next = doc.edges.filter((edge) => edge[along] === from && !(direction === "right" && edge.handle === BODY)).map((edge) => edge[to]);
    if (next.length > 0) return nearest(doc, origin, next, (_, dy) => Math.abs(dy));
  }
  const inside = direction === "down" ? nearest(doc, origin, childrenOf(doc, from).map(({ id }) => id), (dx, dy) => dx + dy) : null;
  if (inside) return inside;
  const others = childrenOf(doc, node.parent).map(({ id }) => id).filter((id) => id !== from);
  const beside = nearest(doc, origin, others, (dx, dy) => distance(dx, dy, direction));
  return beside ?? (direction === "up" || direction === "left" ? node.parent : null);
}

function nearest(doc: Definition, origin: Point, ids: readonly string[], cost: (dx: number, dy: number) => number): string | null {
  let best: { id: string; cost: number } | null = null;
  for (const id of ids) {
    if (!doc.layout[id]) continue;
    const at = absoluteOf(doc, id);
    const value = cost(at.x - origin.x, at.y - origin.y);
    if (value < (best?.cost ?? Infinity)) best = { id, cost: value };
  }
  return best?.id ?? null;
}

/** Infinite for what does not lie in the direction; straight ahead is nearer than aside. */
function distance(dx: number, dy: number, direction: Direction): number {
  const [ahead, aside] = {
    right: [dx, dy],
    left: [-dx, dy],
    down: [dy, dx],
    up: [-dy, dx],
  }[direction] as [number, number];
  return ahead <= 0 || Math.abs(aside) > ahead * 3 ? Infinity : ahead + Math.abs(aside) * 2;
}
