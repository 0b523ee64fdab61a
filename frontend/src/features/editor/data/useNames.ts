/** Cards write names of knowledge bases and apps, not their ids. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { datasetsQuery, workflowToolsQuery } from "@/api";
import { useStore } from "../store/store";
import type { Editor, EditorState } from "../store/state";

const hasApps = (state: EditorState) => state.history.doc.nodes.some((node) => node.kind === "workflow");

export function useNames(editor: Editor): void {
  const datasets = useQuery(datasetsQuery).data;
  const apps = useQuery({ ...workflowToolsQuery, enabled: useStore(editor.store, hasApps) }).data;
  useEffect(() => {
    editor.show({
      names: {
        datasets: datasets ? new Map(datasets.items.map((dataset) => [dataset.id, dataset.name])) : null,
        apps: apps ? new Map(apps.items.map((app) => [app.app_id, app.name])) : null,
      },
    });
  }, [editor, datasets, apps]);
  useEffect(() => {
    if (apps) editor.learn("workflow", { field: "app", values: Object.fromEntries(apps.items.map((app) => [app.app_id, app.outputs])) });
  }, [editor, apps]);
}
