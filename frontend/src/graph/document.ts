/** The graph document as the server stores it. Knows its shape and how to look things up; changes are in `edit.ts`. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** `["node_id", "output", ...path]`; the head may also be `sys`, `env` or `conversation`. */
export type Selector = string[];

export type Mode = "chat" | "workflow";

export interface Point {
  x: number;
  y: number;
}

/** Where a card stands, and how large a frame or a note is drawn. Inside a container it counts from its corner. */
export interface Place extends Point {
  width?: number;
  height?: number;
}

/** The node runs once for each item of a list. */
export interface Batch {
  items: Selector;
  parallel: number;
  on_error: "stop" | "null" | "drop";
}

/** What a run may use up before it is stopped; null or absent is no limit. */
export interface Limits {
  wall_s?: number | null;
  tokens?: number | null;
  cost?: number | null;
  steps?: number | null;
}

export interface Policy {
  retry?: { max: number; interval_ms: number };
  timeout_s?: number | null;
  on_error?: "fail" | "branch" | "default";
  default_outputs?: JsonObject;
  batch?: Batch | null;
}

export interface GraphNode {
  id: string;
  kind: string;
  title: string;
  parent: string | null;
  config: JsonObject;
  policy?: Policy;
}

export interface Edge {
  id: string;
  source: string;
  handle: string;
  target: string;
}

export interface DeclaredVariable {
  name: string;
  type: string;
  value: Json;
  description: string;
}

export interface Features {
  opening_statement?: string;
  suggested_questions?: string[];
  citations?: boolean;
  file_upload?: JsonObject;
  [name: string]: Json | undefined;
}

export interface Definition {
  weft: 1;
  app: { name: string; mode: Mode; description: string; icon: string };
  nodes: GraphNode[];
  edges: Edge[];
  variables: { environment: DeclaredVariable[]; conversation: DeclaredVariable[] };
  features: Features;
  limits?: Limits;
  layout: Record<string, Place>;
  viewport?: { x: number; y: number; zoom: number };
}

/** What is wrong with a graph, found here or by the server; both write the same codes. */
export interface Fault {
  code: string;
  message: string;
  node_id: string | null;
  field: string | null;
  severity: "error" | "warning";
  /** Values for the sentence that the code stands for in the reader's language. */
  params?: Record<string, string>;
}

/** The handle of an ordinary output, and the one a failure leaves by. */
export const SOURCE = "source";
export const FAIL_BRANCH = "fail-branch";
/** The handle of an if-else when no case holds. */
export const ELSE = "false";
/** The handle by which a container leads into itself: to the nodes that begin each round. */
export const BODY = "body";
/** The handle of a node that waited in vain. */
export const TIMEOUT = "__timeout__";

/** What a node is called; by its id where nobody gave it a title. */
export const titleOf = ({ title, id }: Pick<GraphNode, "title" | "id">): string => title || id;

export function nodeById(doc: Definition, id: string): GraphNode | undefined {
  return doc.nodes.find((node) => node.id === id);
}

export function emptyDefinition(name: string, mode: Mode): Definition {
  return {
    weft: 1,
    app: { name, mode, description: "", icon: "" },
    nodes: [],
    edges: [],
    variables: { environment: [], conversation: [] },
    features: {},
    layout: {},
  };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
