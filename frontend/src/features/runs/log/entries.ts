/** The log as lines to read: what happened, where, when; runs of text as one line; rounds below what they are rounds of. Pure. */
import { inFrame, type RunEvent } from "@/graph";

export const GROUPS = ["steps", "trouble", "waits", "work", "writes", "text"] as const;
export type Group = (typeof GROUPS)[number];

export interface Entry {
  key: string;
  event: RunEvent;
  /** Milliseconds since the run began. */
  ms: number;
  nodeId: string | null;
  /** Where it happened; empty for the graph itself. */
  frame: string;
  groups: readonly Group[];
  /** Characters, where the line stands for many pieces of text. */
  chars: number;
  pieces: number;
}

export function entriesOf(events: readonly RunEvent[]): Entry[] {
  const origin = events[0] ? Date.parse(events[0].at) : 0;
  const entries: Entry[] = [];
  const talking = new Map<string, Entry>();
  for (const event of events) {
    const nodeId = nodeOf(event);
    const frame = "frame" in event ? (event.frame ?? "") : "";
    const ms = Date.parse(event.at) - origin;
    if (event.type === "node_delta" || event.type === "answer_delta") {
      const place = `${event.type}:${inFrame(frame, event.node_id)}`;
      const open = talking.get(place);
      if (open) {
        open.chars += event.text.length;
        open.pieces += 1;
        continue;
      }
      const entry = { key: String(event.seq), event, ms, nodeId, frame, groups: ["text"] as const, chars: event.text.length, pieces: 1 };
      talking.set(place, entry);
      entries.push(entry);
      continue;
    }
    // a node that begins anew or has come to its end talks in a new line afterwards
    if (nodeId !== null) for (const type of ["node_delta", "answer_delta"]) talking.delete(`${type}:${inFrame(frame, nodeId)}`);
    entries.push({ key: String(event.seq), event, ms, nodeId, frame, groups: groupsOf(event), chars: 0, pieces: 0 });
  }
  return entries;
}

function nodeOf(event: RunEvent): string | null {
  return "node_id" in event && typeof event.node_id === "string" ? event.node_id : null;
}

function groupsOf(event: RunEvent): readonly Group[] {
  switch (event.type) {
    case "node_failed":
    case "node_retrying":
    case "run_failed":
      return ["steps", "trouble"];
    case "frame_finished":
      return event.error ? ["steps", "trouble"] : ["steps"];
    case "node_waiting":
    case "node_resumed":
    case "run_paused":
      return ["waits"];
    case "node_step":
      return event.error ? ["work", "trouble"] : ["work"];
    case "node_finished":
      return (event.writes ?? []).length > 0 ? ["steps", "writes"] : ["steps"];
    case "answer_reset":
      return ["text", "trouble"];
    default:
      return ["steps"];
  }
}

export interface Asked {
  group: Group | null;
  nodeId: string | null;
  text: string;
}

export const NOTHING_ASKED: Asked = { group: null, nodeId: null, text: "" };

/** The lines that fit, in order. Text is looked for in titles, kinds and everything the event holds. */
export function filterEntries(entries: readonly Entry[], asked: Asked, titleOf: (id: string) => string): Entry[] {
  const words = asked.text.trim().toLowerCase();
  return entries.filter((entry) =>
    (asked.group === null || entry.groups.includes(asked.group))
    && (asked.nodeId === null || entry.nodeId === asked.nodeId)
    && (words === "" || (entry.nodeId !== null && titleOf(entry.nodeId).toLowerCase().includes(words)) || JSON.stringify(entry.event).toLowerCase().includes(words)));
}

export type Line =
  | { type: "entry"; key: string; entry: Entry; depth: number; /** How many lines it hides or shows, where it has any. */ inside: number; open: boolean; path: string }
  | { type: "more"; key: string; count: number; depth: number; path: string };

/** More rounds than these are listed only when asked for. */
const MOST_ROUNDS = 50;

/** All lines with the rounds folded, save those opened by their frame's path. `path + "+"` in `open` lists all rounds. */
export function foldEntries(entries: readonly Entry[], open: ReadonlySet<string>): Line[] {
  const inFrames = new Map<string, Entry[]>();
  const heads = new Map<string, Entry>();
  for (const entry of entries) {
    const at = entry.event.type === "frame_finished" ? pathOf(entry) : entry.frame;
    const list = inFrames.get(at);
    if (list) list.push(entry);
    else inFrames.set(at, [entry]);
    if (entry.event.type === "frame_started") heads.set(pathOf(entry), entry);
  }
  const level = (frame: string, depth: number): Line[] => {
    const lines: Line[] = [];
    const rounds = new Map<string, number>();
    for (const entry of inFrames.get(frame) ?? []) {
      const path = entry.event.type === "frame_started" ? pathOf(entry) : "";
      if (path === "" || !heads.has(path)) {
        lines.push({ type: "entry", key: entry.key, entry, depth, inside: 0, open: false, path: "" });
        continue;
      }
      const node = inFrame(entry.frame, entry.nodeId ?? "");
      const seen = (rounds.get(node) ?? 0) + 1;
      rounds.set(node, seen);
      if (seen > MOST_ROUNDS && !open.has(`${node}+`)) continue;
      const isOpen = open.has(path);
      lines.push({ type: "entry", key: entry.key, entry, depth, inside: inFrames.get(path)?.length ?? 0, open: isOpen, path });
      if (isOpen) lines.push(...level(path, depth + 1));
    }
    for (const [node, count] of rounds) if (count > MOST_ROUNDS && !open.has(`${node}+`)) lines.push({ type: "more", key: `${node}+`, count: count - MOST_ROUNDS, depth, path: `${node}+` });
    return lines;
  };
  return level("", 0);
}

/** The path of the frame that a frame's event opens or ends. */
function pathOf({ event, frame, nodeId }: Entry): string {
  const index = event.type === "frame_started" || event.type === "frame_finished" ? event.index : 0;
  return `${inFrame(frame, nodeId ?? "")}:${index}`;
}
