/** Cards write names of knowledge bases, not their ids. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { datasetsQuery } from "@/api";
import type { Editor } from "../store/state";

export function useDatasetNames(editor: Editor): void {
  const { data } = useQuery(datasetsQuery);
  useEffect(() => {
    if (data) editor.show({ names: { datasets: new Map(data.items.map((dataset) => [dataset.id, dataset.name])) } });
  }, [editor, data]);
}
