/** What every control of a node's form may need: whose form it is, what is upstream, what is wrong. */
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { readsInside, reviewPrompt, scopeOf, type Fault, type GraphNode, type JsonObject, type NodeKind, type PromptReview, type ScopeGroup, type Selector } from "@/graph";
import { useNameOf } from "../canvas/useFactView";
import { useEditorState } from "../store/context";
import { nodeFaultsSelector, selectDoc, selectKinds, selectReadOnly } from "../store/selectors";
import { shallowEqual } from "../store/store";

export interface FormScope {
  node: GraphNode;
  kind: NodeKind | undefined;
  groups: readonly ScopeGroup[];
  faults: readonly Fault[];
  /** How well its prompt is put in order; null for a node that asks no model. */
  review: PromptReview | null;
  readOnly: boolean;
  nameOf: (selector: Selector) => string;
  /** Changes the whole config; `field` tells which part was typed in, so that typing makes one step of undo. */
  configure: (config: JsonObject, field: string) => void;
  /** An output of this node got another name. */
  renameOutput: (from: string, to: string, config: JsonObject) => void;
}

const FormContext = createContext<FormScope | null>(null);

type Changes = Pick<FormScope, "configure" | "renameOutput">;

export function FormProvider({ node, configure, renameOutput, children }: { node: GraphNode; children: ReactNode } & Changes) {
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const readOnly = useEditorState(selectReadOnly);
  const faults = useEditorState(useMemo(() => nodeFaultsSelector(node.id), [node.id]), shallowEqual);
  const nameOf = useNameOf();
  const groups = useMemo(() => scopeOf(doc, kinds, node.id), [doc, kinds, node.id]);
  const review = useMemo(() => reviewPrompt(doc, node), [doc, node]);
  const value = useMemo<FormScope>(
    () => ({ node, kind: kinds.get(node.kind), groups, faults, review, readOnly, nameOf, configure, renameOutput }),
    [node, kinds, groups, faults, review, readOnly, nameOf, configure, renameOutput],
  );
  return <FormContext.Provider value={value}>{children}</FormContext.Provider>;
}

export function useForm(): FormScope {
  const form = useContext(FormContext);
  if (!form) throw new Error("useForm needs a FormProvider above it");
  return form;
}

/** A field that is read inside the container it belongs to may use what is in there. */
export function FieldScope({ field, children }: { field: string; children: ReactNode }) {
  const form = useForm();
  return readsInside(form.node.kind, field) ? <InsideScope form={form} field={field}>{children}</InsideScope> : children;
}

function InsideScope({ form, field, children }: { form: FormScope; field: string; children: ReactNode }) {
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const groups = useMemo(() => scopeOf(doc, kinds, form.node.id, field), [doc, kinds, form.node.id, field]);
  const value = useMemo(() => ({ ...form, groups }), [form, groups]);
  return <FormContext.Provider value={value}>{children}</FormContext.Provider>;
}
