/** All that the editor holds while it is open, and the one way each part changes. Knows nothing of React or HTTP. */
import {
  execute,
  sizesIn,
  mergeFaults,
  UNKNOWN_RESOURCES,
  newNodeIds,
  placeNodes,
  redo,
  startHistory,
  tidy,
  undo,
  validate,
  type Command,
  completed,
  type Definition,
  type Fault,
  type History,
  type Kinds,
  type Looks,
  type NodeKind,
  type Point,
  type Refusal,
  type Resources,
  type RunEvent,
  type RunState,
  type ServerWord,
  type Setting,
  type Size,
} from "@/graph";
import { lacksOf } from "../nodes";
import { perObject } from "./perObject";
import { createStore, type Store } from "./store";

export type SaveState = "saved" | "dirty" | "saving" | "conflict" | "failed";
export type PanelTab = "settings" | "run" | "errors";

export interface Conflict {
  revision: number;
  document: Definition;
  by: string | null;
  /** Saved by the same person, in another tab or on another machine. */
  own: boolean;
  at: string | null;
}

/** Where a new node is to go, while the picker is open. */
export interface Picking {
  /** On the screen, for the picker itself; null puts it beside the rail. */
  screen: Point | null;
  /** On the canvas, for the node; null means "somewhere sensible". */
  at: Point | null;
  family?: string;
  from?: { node: string; handle: string };
  onEdge?: string;
  /** The container the node is to be put into. */
  parent?: string | null;
}

export interface ShownRun {
  id: string;
  state: RunState;
  events: readonly RunEvent[];
  /** Milliseconds of this clock when the run was first seen. */
  since: number;
}

export interface Names {
  /** Null until they are known. */
  datasets: ReadonlyMap<string, string> | null;
  apps: ReadonlyMap<string, string> | null;
}

export type Surface = "history" | "publish" | "shortcuts" | "app" | null;

export interface EditorState {
  readOnly: boolean;
  kinds: Kinds;
  history: History;
  revision: number;
  save: SaveState;
  saveError: unknown;
  conflict: Conflict | null;
  server: ServerWord;
  resources: Resources;
  faults: readonly Fault[];
  nodes: readonly string[];
  edges: readonly string[];
  openNode: string | null;
  tab: PanelTab;
  /** A field to bring into view, as a problem in the list points at it. */
  field: string | null;
  picking: Picking | null;
  /** Why the edge just dropped was not drawn, and where. */
  refused: { why: Refusal; screen: Point } | null;
  surface: Surface;
  preview: boolean;
  minimap: boolean;
  run: ShownRun | null;
  /** Which round of each container the canvas shows. */
  looks: Looks;
  /** The container that dragged nodes would fall into. */
  dropInto: string | null;
  names: Names;
}

export interface Editor {
  store: Store<EditorState>;
  dispatch: <Args>(command: Command<Args>, args: Args) => void;
  undo: () => void;
  redo: () => void;
  select: (nodes: readonly string[], edges?: readonly string[]) => void;
  open: (node: string | null, where?: { tab?: PanelTab; field?: string | null }) => void;
  show: (change: Partial<Pick<EditorState, "picking" | "refused" | "surface" | "preview" | "minimap" | "tab" | "run" | "looks" | "dropInto" | "names">>) => void;
  /** What the server found in `seen`, which may be older than what stands here now. */
  setServerFaults: (faults: readonly Fault[], seen: Definition) => void;
  setResources: (resources: Resources) => void;
  /** What nodes of a kind hand on, by what a field of theirs names. */
  learn: (kind: string, outputs: NonNullable<NodeKind["outputs_by"]>) => void;
  /** Sizes of cards as drawn, for layout. */
  measure: (id: string, size: Size) => void;
  sizeOf: (id: string) => Size;
}

export interface EditorStart {
  document: Definition;
  kinds: Kinds;
  revision?: number;
  faults?: readonly Fault[];
  readOnly?: boolean;
  now?: () => number;
}

const UNMEASURED: Size = { width: 216, height: 88 };

export function createEditor(start: EditorStart): Editor {
  const now = start.now ?? Date.now;
  const sizes = new Map<string, Size>();
  const drawn = (id: string) => sizes.get(id) ?? UNMEASURED;
  const store = createStore<EditorState>(initialState(start));
  const sizesOf = perObject((doc: Definition) => sizesIn(doc, start.kinds, drawn));
  /** Frames and notes are as large as the document says, also before they are drawn. */
  const sizeOf = (id: string) => sizesOf(store.get().history.doc)(id);
  const setting = (): Setting => ({ kinds: store.get().kinds, sizeOf: drawn });

  /** Checks again, soon: several changes in a moment are checked once, and typing on does not put it off. */
  let checking: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    checking ??= setTimeout(() => {
      checking = undefined;
      store.set(checked);
    }, 150);
  };

  const take = (history: History, more: Partial<EditorState> = {}) => {
    store.set({ history, save: "dirty", ...more });
    check();
  };

  return {
    store,
    sizeOf,
    measure: (id, size) => void sizes.set(id, size),
    dispatch: (command, args) => {
      const { history, readOnly } = store.get();
      if (readOnly) return;
      const next = execute(history, command, args, setting(), now());
      if (next !== history) take(next, afterChange(store.get(), next));
    },
    undo: () => {
      const { history } = store.get();
      const next = undo(history);
      if (next !== history) take(next, afterChange(store.get(), next));
    },
    redo: () => {
      const { history } = store.get();
      const next = redo(history);
      if (next !== history) take(next, afterChange(store.get(), next));
    },
    select: (nodes, edges = []) => store.set((state) => (sameLists(state, nodes, edges) ? {} : { nodes, edges })),
    open: (node, { tab, field = null } = {}) =>
      store.set((state) => ({
        openNode: node,
        field,
        ...(node && state.surface === "app" ? { surface: null } : {}),
        tab: tab ?? (field ? "settings" : state.tab),
        ...(node ? { nodes: [node], edges: [] } : {}),
      })),
    // The settings of the app and of a node lie in the same place.
    show: (change) => store.set(change.surface === "app" ? { ...change, openNode: null } : change),
    setServerFaults: (found, seen) => {
      store.set({ server: { faults: found, seen } });
      store.set(checked);
    },
    learn: (name, outputs) => {
      const { kinds } = store.get();
      const kind = kinds.get(name);
      if (kind) store.set({ kinds: new Map(kinds).set(name, { ...kind, outputs_by: outputs }) });
    },
    setResources: (resources) => {
      store.set({ resources });
      store.set(checked);
    },
  };
}

function initialState({ document: given, kinds, revision = 0, faults = [], readOnly = false }: EditorStart): EditorState {
  const document = placed(completed(given), kinds);
  const state: EditorState = {
    readOnly,
    kinds,
    history: startHistory(document),
    revision,
    save: "saved",
    saveError: null,
    conflict: null,
    server: { faults, seen: document },
    resources: UNKNOWN_RESOURCES,
    faults: [],
    nodes: [],
    edges: [],
    openNode: null,
    tab: "settings",
    field: null,
    picking: null,
    refused: null,
    surface: null,
    preview: false,
    minimap: true,
    run: null,
    looks: {},
    dropInto: null,
    names: { datasets: null, apps: null },
  };
  return readOnly ? state : { ...state, ...checked(state) };
}

/** A file may bring no places: then all nodes would lie on one another. */
function placed(doc: Definition, kinds: Kinds): Definition {
  const lost = doc.nodes.filter(({ id }) => !doc.layout[id]);
  return lost.length > 1 ? placeNodes(doc, tidy(doc, kinds, () => UNMEASURED)) : doc;
}

function checked({ history, kinds, server, resources }: EditorState): Partial<EditorState> {
  const local = validate(history.doc, kinds, lacksOf, resources);
  return { faults: mergeFaults(history.doc, local, server, resources) };
}

/** What is new gets selected; what is gone is selected and open no more. */
function afterChange(state: EditorState, next: History): Partial<EditorState> {
  const added = newNodeIds(state.history.doc, next.doc);
  const there = new Set(next.doc.nodes.map((node) => node.id));
  const edges = new Set(next.doc.edges.map((edge) => edge.id));
  const openNode = state.openNode && there.has(state.openNode) ? state.openNode : null;
  if (added.length > 0) return { nodes: added, edges: [], openNode: added.length === 1 ? (added[0] ?? null) : openNode, tab: "settings" };
  return { nodes: state.nodes.filter((id) => there.has(id)), edges: state.edges.filter((id) => edges.has(id)), openNode };
}

function sameLists(state: EditorState, nodes: readonly string[], edges: readonly string[]): boolean {
  const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((id, i) => id === b[i]);
  return same(state.nodes, nodes) && same(state.edges, edges);
}
