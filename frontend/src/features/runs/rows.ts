/** The steps of a run as rows: those of the graph, and below a container that is opened those of its rounds. Pure. */
import { inFrame, type Span } from "@/graph";

export type Row =
  | { type: "span"; key: string; span: Span; depth: number; /** Whether it has rounds, and whether they are shown. */ rounds: "none" | "folded" | "open" }
  | { type: "round"; key: string; index: number; depth: number }
  | { type: "more"; key: string; count: number; depth: number };

/** More rounds than these are not listed; each can be looked into on the canvas. */
const MOST_ROUNDS = 60;

export function rowsOf(spans: readonly Span[], open: ReadonlySet<string>): Row[] {
  const byFrame = new Map<string, Span[]>();
  for (const span of spans) {
    const list = byFrame.get(span.frame);
    if (list) list.push(span);
    else byFrame.set(span.frame, [span]);
  }
  const rounds = roundsByNode(byFrame.keys());
  const level = (frame: string, depth: number): Row[] =>
    (byFrame.get(frame) ?? []).flatMap((span, i): Row[] => {
      const node = inFrame(frame, span.nodeId);
      const frames = rounds.get(node) ?? [];
      const row: Row = { type: "span", key: `${node}#${i}`, span, depth, rounds: frames.length === 0 ? "none" : open.has(node) ? "open" : "folded" };
      return row.rounds === "open" ? [row, ...inside(node, frames, depth + 1)] : [row];
    });
  const inside = (node: string, frames: readonly number[], depth: number): Row[] => {
    const shown = frames.slice(0, MOST_ROUNDS);
    const rows = shown.flatMap((index): Row[] => [{ type: "round", key: `${node}:${index}`, index, depth }, ...level(`${node}:${index}`, depth + 1)]);
    return frames.length > shown.length ? [...rows, { type: "more", key: `${node}+`, count: frames.length - shown.length, depth }] : rows;
  };
  return level("", 0);
}

function roundsByNode(frames: Iterable<string>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const frame of frames) {
    if (frame === "") continue;
    const cut = frame.lastIndexOf(":");
    const node = frame.slice(0, cut);
    const list = found.get(node) ?? [];
    list.push(Number(frame.slice(cut + 1)));
    found.set(node, list);
  }
  for (const list of found.values()) list.sort((a, b) => a - b);
  return found;
}
