/** The passages an answer may cite, in the order of their numbers. Reads the folded state as the engine's own does. */
import type { NodeState, RunState } from "../generated/events";

export interface Passage {
  title?: string;
  content?: string;
  metadata?: Record<string, unknown>;
}

export function citationsOf(state: RunState): Passage[] {
  const nodes = Object.values(state.nodes);
  const used = nodes.flatMap((node) => (isPath(node.facts.context) ? [passagesAt(state, node.facts.context)] : []));
  const sources = used.length > 0 ? used : nodes.filter(hasPassages).map((node) => node.outputs.result);
  return sources.flatMap((source) => (Array.isArray(source) ? source.filter(isPassage) : []));
}

function passagesAt(state: RunState, path: readonly string[]): unknown {
  const [node, output] = path;
  return node !== undefined && output !== undefined ? state.nodes[node]?.outputs[output] : undefined;
}

function hasPassages(node: NodeState): boolean {
  return "passages" in node.facts;
}

function isPath(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string");
}

function isPassage(value: unknown): value is Passage {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A passage as an answer shows it; `number` is what the text writes as `[number]`. */
export interface Source {
  number: number;
  title: string;
  content: string;
  documentId: string | undefined;
  datasetName: string | undefined;
  page: number | undefined;
  position: number | undefined;
  score: number | undefined;
  /** False where the answer does not name it. */
  cited: boolean;
}

/** With marks in the answer only the passages that they name; without, all that were found, as not cited. */
export function citedOf(state: RunState): Source[] {
  const marked = new Set([...state.answer.matchAll(/\[(\d{1,3})\]/g)].map((mark) => Number(mark[1])));
  const sources = sourcesOf(state);
  const named = sources.filter((source) => marked.has(source.number));
  return named.length > 0 ? named : sources.map((source) => ({ ...source, cited: false }));
}

export function sourcesOf(state: RunState): Source[] {
  return citationsOf(state).map((passage, index) => {
    const about = passage.metadata ?? {};
    return {
      number: index + 1,
      title: String(about.document_name ?? passage.title ?? `#${index + 1}`),
      content: passage.content ?? "",
      documentId: textOf(about.document_id),
      datasetName: textOf(about.dataset_name),
      page: numberOf(about.page),
      position: numberOf(about.segment_position),
      score: numberOf(about.score),
      cited: true,
    };
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
