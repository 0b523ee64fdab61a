/** Tags by which the list of knowledge bases can be narrowed. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { createTag, datasetTagsQuery, setDatasetTags, tagsQuery } from "@/api";
import { Button, Card, Combobox, ErrorCard, IconButton, Input } from "@/kit";
import styles from "./Settings.module.css";

export function TagsCard({ datasetId, mayEdit }: { datasetId: string; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const all = useQuery(tagsQuery).data?.items ?? [];
  const own = useQuery(datasetTagsQuery(datasetId)).data?.items ?? [];
  const [name, setName] = useState("");
  const set = useMutation({
    mutationFn: (ids: string[]) => setDatasetTags(datasetId, ids),
    onSuccess: (kept) => {
      client.setQueryData(datasetTagsQuery(datasetId).queryKey, kept);
      void client.invalidateQueries({ queryKey: tagsQuery.queryKey });
    },
  });
  const make = useMutation({
    mutationFn: async () => {
      const known = all.find((tag) => tag.name === name.trim());
      return set.mutateAsync([...own.map((tag) => tag.id), (known ?? (await createTag(name.trim()))).id]);
    },
    onSuccess: () => setName(""),
  });
  const ids = own.map((tag) => tag.id);
  const others = all.filter((tag) => !ids.includes(tag.id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) make.mutate();
  };
  return (
    <Card title={t("settings.tags.title")} description={t("settings.tags.text")}>
      <div className={styles.tags}>
        {own.length === 0 && <span className={styles.note}>{t("settings.tags.none")}</span>}
        {own.map((tag) => (
          <span key={tag.id} className={styles.tag} style={mayEdit ? undefined : { paddingRight: 10 }}>
            {tag.name}
            {mayEdit && <IconButton size="sm" label={t("settings.tags.remove", { name: tag.name })} icon={<X />} onClick={() => set.mutate(ids.filter((id) => id !== tag.id))} />}
          </span>
        ))}
      </div>
      {mayEdit && (
        <form className={styles.inline} onSubmit={submit}>
          {others.length > 0 && <Combobox label={t("settings.tags.add")} options={others.map((tag) => ({ value: tag.id, label: tag.name }))} value={null} onChange={(id) => set.mutate([...ids, id])} />}
          <Input value={name} maxLength={50} aria-label={t("settings.tags.new")} placeholder={t("settings.tags.new")} onChange={(event) => setName(event.target.value)} />
          <Button type="submit" disabled={!name.trim()} loading={make.isPending}>
            {t("settings.tags.add")}
          </Button>
        </form>
      )}
      {(set.isError || make.isError) && <ErrorCard compact title={t("settings.tags.notChanged")} error={make.error ?? set.error} />}
    </Card>
  );
}
