/** The shape of a rule, and what all rules look at. A rule is a small function; it reports, and never stops the others. */
import type { Definition, Fault, GraphNode } from "../document";
import type { Kinds } from "../kinds";
import type { Resources } from "./resources";

export interface Subject {
  doc: Definition;
  kinds: Kinds;
  nodes: ReadonlyMap<string, GraphNode>;
  /** What the editor's own knowledge of a kind finds missing in a node. */
  lacks: (node: GraphNode) => readonly Lack[];
  resources: Resources;
}

export interface Lack {
  code: string;
  field: string;
  severity?: Fault["severity"];
}

export type Rule = (subject: Subject) => Fault[];

interface Place {
  node?: string;
  field?: string;
  params?: Record<string, string>;
}

export function fault(code: string, message: string, place: Place = {}): Fault {
  return {
    code,
    message,
    node_id: place.node ?? null,
    field: place.field ?? null,
    severity: "error",
    ...(place.params ? { params: place.params } : {}),
  };
}

export function warning(code: string, message: string, place: Place = {}): Fault {
  return { ...fault(code, message, place), severity: "warning" };
}
