/** Tells the check which models and knowledge bases there are, as soon as it is known, and again when that changes. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { datasetsQuery, providersQuery } from "@/api";
import type { Editor } from "../store/state";

export function useResources(editor: Editor): void {
  const providers = useQuery(providersQuery).data;
  const datasets = useQuery(datasetsQuery).data;
  useEffect(() => {
    editor.setResources({
      providers: providers ? new Map(providers.items.map(({ slug, models }) => [slug, new Set(models.map((model) => model.name))])) : null,
      // More than one page: what is not on the first may be on another, so the server's word counts.
      datasets: datasets && datasets.next === null ? new Set(datasets.items.map((dataset) => dataset.id)) : null,
    });
  }, [editor, providers, datasets]);
}
