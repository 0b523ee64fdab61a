/**
 * Which round of a container one looks into, and what happened there. A frame's path is `each:3/inner:0`.
 * Knows the folded run and who lies in whom; not how a round is chosen.
 */
import type { FrameState, NodeState, RunEvent, RunState, Write } from "../generated/events";

/** The round chosen for a container at a path, by `<path>/<id>`; without a choice the newest is shown. */
export type Looks = Readonly<Record<string, number>>;

export interface FrameRef {
  path: string;
  index: number;
  frame: FrameState;
}

export function inFrame(path: string, id: string): string {
  return path === "" ? id : `${path}/${id}`;
}

/** The path of the frame whose nodes are shown inside these containers, given from the innermost out; null when there is none yet. */
export function shownFrame(run: RunState, containers: readonly string[], looks: Looks): string | null {
  let path = "";
  for (const id of containers.toReversed()) {
    const key = inFrame(path, id);
    const index = looks[key] ?? defaultFrame(run, path, id);
    if (index === null || !run.frames[`${key}:${index}`]) return null;
    path = `${key}:${index}`;
  }
  return path;
}

export function nodeIn(run: RunState, path: string | null, id: string): NodeState | undefined {
  if (path === null) return undefined;
  return path === "" ? run.nodes[id] : run.frames[path]?.nodes[id];
}

/** All frames of a node at a path, in order. */
export function framesOf(run: RunState, path: string, id: string): FrameRef[] {
  const count = nodeIn(run, path, id)?.frames ?? 0;
  const key = inFrame(path, id);
  return Array.from({ length: count }, (_, index) => `${key}:${index}`).flatMap((at, index) => {
    const frame = run.frames[at];
    return frame ? [{ path: at, index, frame }] : [];
  });
}

/** Where something went wrong, else the newest. */
function defaultFrame(run: RunState, path: string, id: string): number | null {
  const frames = framesOf(run, path, id);
  const failed = nodeIn(run, path, id)?.status === "failed" ? frames.find(({ frame }) => frame.status === "failed") : undefined;
  return (failed ?? frames.at(-1))?.index ?? null;
}

export interface Progress {
  /** Rounds that are over. */
  done: number;
  /** How many there will be, where that is known. */
  of: number | null;
  failed: number;
}

export function progressOf(run: RunState, path: string, id: string): Progress | null {
  const node = nodeIn(run, path, id);
  if (!node || (node.frames === 0 && node.length === null)) return null;
  const frames = framesOf(run, path, id);
  const failed = frames.filter(({ frame }) => frame.status === "failed").length;
  return { done: frames.filter(({ frame }) => frame.status !== "running").length, of: node.length, failed };
}

/** What a node wrote to variables, as the log tells. */
export function writesOf(events: readonly RunEvent[], path: string, id: string): Write[] {
  const last = events.findLast((event) => event.type === "node_finished" && event.node_id === id && (event.frame ?? "") === path);
  return last?.type === "node_finished" ? (last.writes ?? []) : [];
}

/** A node that waits, where it stands, and what for. */
export interface Waiting {
  nodeId: string;
  path: string;
  wait: Record<string, unknown>;
}

export function waitingIn(run: RunState): Waiting[] {
  const levels: [string, Record<string, NodeState>][] = [["", run.nodes], ...Object.entries(run.frames).map(([path, frame]): [string, Record<string, NodeState>] => [path, frame.nodes])];
  return levels.flatMap(([path, nodes]) =>
    Object.entries(nodes).flatMap(([nodeId, node]) => (node.status === "waiting" && node.wait ? [{ nodeId, path, wait: node.wait }] : [])),
  );
}
