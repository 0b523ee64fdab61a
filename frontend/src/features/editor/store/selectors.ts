/** Slices of the editor's state that several components read. */
import { faultsByNode, isOver, nodeById, type Fault, type GraphNode, type NodeState } from "@/graph";
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

/** Made per node, once, by the component that shows it. */
export const nodeRunSelector = (id: string) => (state: EditorState): NodeState | undefined => state.run?.state.nodes[id];
const grouped = perObject((faults: readonly Fault[]) => faultsByNode(faults));
const NO_FAULTS: Fault[] = [];
export const nodeFaultsSelector = (id: string) => (state: EditorState): Fault[] => grouped(state.faults).get(id) ?? NO_FAULTS;

export function errorCount(faults: readonly Fault[]): number {
  return faults.filter((fault) => fault.severity === "error").length;
}
