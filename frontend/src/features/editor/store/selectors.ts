/** Slices of the editor's state that several components read. */
import { faultsByNode, isOver, nodeById, nodeIn, shownFrame, type Definition, type Fault, type GraphNode, type NodeState } from "@/graph";
import { perObject } from "./perObject";
import type { EditorState } from "./state";

export const selectDoc = (state: EditorState) => state.history.doc;
export const selectKinds = (state: EditorState) => state.kinds;
export const selectReadOnly = (state: EditorState) => state.readOnly;
export const selectFaults = (state: EditorState) => state.faults;
export const selectMode = (state: EditorState) => state.history.doc.app.mode;
export const selectNames = (state: EditorState) => state.names;
export const selectRunState = (state: EditorState) => state.run?.state ?? null;
export const selectIsRunning = (state: EditorState) => state.run !== null && !isOver(state.run.state);
export const selectCanUndo = (state: EditorState) => state.history.past.length > 0;
export const selectCanRedo = (state: EditorState) => state.history.future.length > 0;
export const selectOpenNode = (state: EditorState): GraphNode | undefined =>
  state.openNode === null ? undefined : nodeById(state.history.doc, state.openNode);

/** The containers round every node, from the innermost out; made once for a document's nodes. */
const containersOf = perObject((nodes: Definition["nodes"]) => {
  const parents = new Map(nodes.map((node) => [node.id, node.parent]));
  const known = new Map<string, readonly string[]>();
  for (const { id } of nodes) {
    const chain: string[] = [];
    for (let at = parents.get(id) ?? null; at !== null && !chain.includes(at); at = parents.get(at) ?? null) chain.push(at);
    known.set(id, chain);
  }
  return known;
});
const NO_CONTAINERS: readonly string[] = [];

/** The path of the frame in which the canvas shows this node; null where its container has not come to a round. */
export const framePathSelector = (id: string) => (state: EditorState): string | null => {
  const run = state.run?.state;
  return run ? shownFrame(run, containersOf(state.history.doc.nodes).get(id) ?? NO_CONTAINERS, state.looks) : null;
};

/** Made per node, once, by the component that shows it. */
export const nodeRunSelector = (id: string) => (state: EditorState): NodeState | undefined =>
  state.run ? nodeIn(state.run.state, framePathSelector(id)(state), id) : undefined;
const grouped = perObject((faults: readonly Fault[]) => faultsByNode(faults));
const NO_FAULTS: Fault[] = [];
export const nodeFaultsSelector = (id: string) => (state: EditorState): Fault[] => grouped(state.faults).get(id) ?? NO_FAULTS;

export function errorCount(faults: readonly Fault[]): number {
  return faults.filter((fault) => fault.severity === "error").length;
}
