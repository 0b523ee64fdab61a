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

export interface Policy {
  retry?: { max: number; interval_ms: number };
  timeout_s?: number | null;
  on_error?: "fail" | "branch" | "default";
  default_outputs?: JsonObject;
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
}

export interface Definition {
  weft: 1;
  app: { name: string; mode: Mode; description: string; icon: string };
  nodes: GraphNode[];
  edges: Edge[];
  variables: { environment: DeclaredVariable[]; conversation: DeclaredVariable[] };
  features: Features;
  layout: Record<string, Point>;
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
