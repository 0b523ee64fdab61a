/** What the form of the search's settings needs to offer: models, fields, and what the embedding model reads. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, fieldsQuery, modelsQuery, readingQuery } from "@/api";
import { type FilterField } from "../filter/FilterEditor";

export function useRetrievalParts(dataset: Dataset) {
  const { t } = useTranslation("retrieval");
  const models = useQuery(modelsQuery()).data?.items ?? [];
  const own = useQuery(fieldsQuery(dataset.id)).data;
  const reading = useQuery({ ...readingQuery(dataset.id), enabled: !dataset.external && dataset.chunk_count > 0 }).data ?? null;
  const fields = useMemo<FilterField[]>(
    () => [...(own?.items ?? []).map(({ name, type }) => ({ name, type })), ...(own?.built_in ?? []).map((field) => ({ ...field, label: t(`filter.builtIn.${field.name}`, { defaultValue: field.name }) }))],
    [own, t],
  );
  return { models, fields, reading };
}
