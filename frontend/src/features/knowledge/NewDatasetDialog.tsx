/** Names a new knowledge base and goes to it, so that the next thing done is adding documents. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { createDataset, datasetKeys, type Model, modelsQuery } from "@/api";
import { Button, Dialog, ErrorCard, Field, Input, Textarea } from "@/kit";
import styles from "./NewDatasetDialog.module.css";
import { ModelChoice, type ModelRef } from "./parts/ModelChoice";

/** As the server has it where nothing else is said. */
const BUILT_IN: ModelRef = { provider: "weft", model: "all-MiniLM-L6-v2" };

export function NewDatasetDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("knowledge");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("newDialog.title")} description={t("newDialog.text")} width="sm">
      <NewDatasetForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NewDatasetForm({ onCancel }: { onCancel: () => void }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [embedding, setEmbedding] = useState(BUILT_IN);
  const models = useQuery(modelsQuery("embedding")).data?.items ?? [];
  const create = useMutation({
    mutationFn: createDataset,
    onSuccess: (dataset) => {
      void client.invalidateQueries({ queryKey: datasetKeys.all, exact: true });
      void navigate(`/knowledge/${dataset.id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate({ name: name.trim(), description: description.trim(), embedding_provider: embedding.provider, embedding_model: embedding.model });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={t("name")}>
        <Input value={name} maxLength={120} required autoFocus placeholder={t("newDialog.example")} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("description")} optional={t("optional")} hint={t("descriptionHint")}>
        <Textarea value={description} maxLength={2000} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Field label={t("embeddingModel")} hint={t(goodFor(embedding, models))}>
        <ModelChoice models={models} value={embedding} onChange={setEmbedding} />
      </Field>
      {create.isError && <ErrorCard compact title={t("newDialog.failed")} error={create.error} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!name.trim()} loading={create.isPending}>
          {t("newDialog.button")}
        </Button>
      </div>
    </form>
  );
}

/** What is known of a model that somebody is about to choose: the built-in one reads English alone. */
function goodFor({ provider, model }: ModelRef, models: readonly Model[]): "newDialog.model.english" | "newDialog.model.own" | "newDialog.model.service" {
  const known = models.find((one) => one.provider === provider && one.name === model);
  if (known?.note_code === "english_only" || model === BUILT_IN.model) return "newDialog.model.english";
  return provider === BUILT_IN.provider ? "newDialog.model.own" : "newDialog.model.service";
}
