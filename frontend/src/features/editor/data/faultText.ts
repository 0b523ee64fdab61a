/** A fault as a sentence in the reader's language; the server's English where the code is new to us. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { FAIL_BRANCH, nodeById, SOURCE, type Fault } from "@/graph";
import { useFormat } from "@/kit";
import { shortOf, useNameOf } from "../canvas/useFactView";
import { metaOf } from "../nodes";
import { useEditor } from "../store/context";

export function useFaultText(): (fault: Fault) => string {
  const { t, i18n } = useTranslation("editor");
  const nameOf = useNameOf();
  const wayOf = useWayOf();
  return useCallback(
    (fault) => {
      const way = wayOf(fault);
      if (way !== null) return t("fault.handle_unconnected_way", { way });
      const params = fault.params ?? {};
      const words: unknown = i18n.getResource(i18n.language, "editor", `fault.${fault.code}`);
      if (typeof words === "string" && !isFilled(words, params)) return t(`fault.told.${fault.code}`, { message: fault.message, defaultValue: fault.message });
      const reference = params.reference ? nameOf(params.reference.split(".")) : "";
      return t(`fault.${fault.code}`, { ...params, reference, message: fault.message, defaultValue: fault.message });
    },
    [t, i18n, nameOf, wayOf],
  );
}

/** Has every place of the sentence its value? A fault of the server brings its own sentence and no values. */
function isFilled(words: string, params: Readonly<Record<string, string>>): boolean {
  return [...words.matchAll(/\{\{(\w+)\}\}/g)].every(([, name = ""]) => name === "message" || name in params);
}

/** The outlet that a fault is about, as its card calls it; null where a node has only one. */
function useWayOf(): (fault: Fault) => string | null {
  const { t } = useTranslation("editor");
  const { t: nodeText } = useTranslation("nodes");
  const editor = useEditor();
  const format = useFormat();
  const nameOf = useNameOf();
  return useCallback(
    ({ code, node_id: id, field: handle }) => {
      const node = code === "handle_unconnected" && id ? nodeById(editor.store.get().history.doc, id) : undefined;
      if (!node || handle === null || handle === SOURCE) return null;
      if (handle === FAIL_BRANCH) return t("card.onFailure");
      const view = { node, t: nodeText, nameOf, shortOf, format, datasetName: (dataset: string) => dataset, appName: (app: string) => app };
      return metaOf(node.kind).handleLabel?.(view, handle) ?? handle;
    },
    [t, nodeText, editor, format, nameOf],
  );
}
