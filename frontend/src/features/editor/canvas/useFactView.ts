/** What a card's facts are made of: the node, names of what it refers to, and the reader's language. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { titleOf, type GraphNode, type Selector } from "@/graph";
import { useFormat } from "@/kit";
import type { FactView } from "../nodes";
import { useEditorState } from "../store/context";
import { selectNames } from "../store/selectors";
import { perObject } from "../store/perObject";
import type { EditorState } from "../store/state";

/** Titles as one text, so that a card is drawn again when a title changes and not when anything else does. */
const titlesOf = perObject((nodes: readonly GraphNode[]) => nodes.map((node) => `${node.id}\t${titleOf(node)}`).join("\n"));
const selectTitles = (state: EditorState) => titlesOf(state.history.doc.nodes);
const namesByTitles = new Map<string, ReadonlyMap<string, string>>();

/** One table for all cards; the last one is kept. */
function namesOf(titles: string): ReadonlyMap<string, string> {
  const known = namesByTitles.get(titles);
  if (known) return known;
  const names = new Map(titles.split("\n").map((entry) => entry.split("\t") as [string, string]));
  namesByTitles.clear();
  namesByTitles.set(titles, names);
  return names;
}

export function useNameOf(): (selector: Selector) => string {
  const titles = useEditorState(selectTitles);
  return useMemo(() => {
    const names = namesOf(titles);
    return ([head = "", ...path]) => [names.get(head) ?? head, ...path].join(".");
  }, [titles]);
}

/** The name of a value without where it comes from; system values keep their head, which says what they are. */
export function shortOf([head = "", ...path]: Selector): string {
  const own = head === "sys" || head === "env" || head === "conversation" || path.length === 0;
  return own ? [head, ...path].join(".") : path.join(".");
}

export function useFactView(node: GraphNode): FactView {
  const { t } = useTranslation("nodes");
  const format = useFormat();
  const nameOf = useNameOf();
  const { datasets, apps } = useEditorState(selectNames);
  return useMemo(
    () => ({
      node,
      t,
      nameOf,
      shortOf,
      format,
      datasetName: (id) => (datasets ? (datasets.get(id) ?? t("knowledge-retrieval.unknown")) : "…"),
      appName: (id) => (apps ? (apps.get(id) ?? t("workflow.unknown")) : "…"),
    }),
    [node, t, nameOf, format, datasets, apps],
  );
}
